<?xml version="1.0" encoding="UTF-8"?>
<!-- What legacy.yaml says, for xsltproc: a line per order, as the benchmark writes it. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output method="text" encoding="UTF-8"/>
<xsl:variable name="full" select="'！＂＃＄％＆＇（）＊＋，－．／０１２３４５６７８９：；＜＝＞？＠ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ［＼］＾＿｀ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ｛｜｝～　'"/>
<xsl:variable name="half">!"#$%&amp;'()*+,-./0123456789:;&lt;=&gt;?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~ </xsl:variable>
<xsl:variable name="lower" select="'abcdefghijklmnopqrstuvwxyz'"/>
<xsl:variable name="upper" select="'ABCDEFGHIJKLMNOPQRSTUVWXYZ'"/>
<xsl:variable name="types" select="'|01=burst|02=leak|03=no_water|04=complaint|05=enquiry|06=recheck|'"/>
<xsl:variable name="urgencies" select="'|1=emergency|2=urgent|'"/>
<xsl:variable name="channels" select="'|1=phone|2=web|3=app|4=counter|'"/>

<xsl:template match="/"><xsl:apply-templates select="SubmitRepairs/REPAIRS/REPAIR"/></xsl:template>

<xsl:template match="REPAIR">
<xsl:value-of select="normalize-space(S_BH)"/><xsl:text>&#9;</xsl:text>
<xsl:value-of select="substring-before(substring-after($types, concat('|', normalize-space(S_LX), '=')), '|')"/><xsl:text>&#9;</xsl:text>
<xsl:choose>
  <xsl:when test="contains($urgencies, concat('|', I_JJ, '='))"><xsl:value-of select="substring-before(substring-after($urgencies, concat('|', I_JJ, '=')), '|')"/></xsl:when>
  <xsl:otherwise>normal</xsl:otherwise>
</xsl:choose><xsl:text>&#9;</xsl:text>
<xsl:value-of select="substring-before(substring-after($channels, concat('|', S_LY, '=')), '|')"/><xsl:text>&#9;</xsl:text>
<xsl:value-of select="translate(S_HH, '- ', '')"/><xsl:text>&#9;</xsl:text>
<xsl:value-of select="S_HM"/><xsl:text>&#9;</xsl:text>
<xsl:value-of select="translate(S_DH, $full, $half)"/><xsl:text>&#9;</xsl:text>
<xsl:value-of select="translate(S_DZ, $full, $half)"/><xsl:text>&#9;</xsl:text>
<xsl:value-of select="S_QY"/><xsl:text>&#9;</xsl:text>
<xsl:value-of select="S_CB"/><xsl:text>&#9;</xsl:text>
<xsl:value-of select="I_CH"/><xsl:text>&#9;</xsl:text>
<xsl:value-of select="S_BW"/><xsl:text>&#9;</xsl:text>
<xsl:value-of select="translate(S_GY, $lower, $upper)"/><xsl:text>&#9;</xsl:text>
<xsl:value-of select="substring-after(translate(S_KJ, $full, $half), 'DN')"/><xsl:text>&#9;</xsl:text>
<xsl:value-of select="S_XH"/><xsl:text>&#9;</xsl:text>
<xsl:value-of select="concat(substring(D_DQ, 1, 4), '-', substring(D_DQ, 5, 2), '-', substring(D_DQ, 7, 2))"/><xsl:text>&#9;</xsl:text>
<xsl:value-of select="S_CM"/><xsl:text>&#9;</xsl:text>
<xsl:variable name="content" select="translate(normalize-space(S_NR), $full, $half)"/>
<xsl:variable name="remark" select="translate(normalize-space(S_BZ), $full, $half)"/>
<xsl:value-of select="$content"/>
<xsl:if test="$remark != '' and $remark != '无'"><xsl:if test="$content != ''">；</xsl:if><xsl:value-of select="$remark"/></xsl:if><xsl:text>&#9;</xsl:text>
<xsl:value-of select="concat(substring(D_FS, 1, 10), 'T', substring(D_FS, 12, 8), '+08:00')"/><xsl:text>&#10;</xsl:text>
</xsl:template>
</xsl:stylesheet>
