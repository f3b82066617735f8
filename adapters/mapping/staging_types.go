package mapping

import (
	"time"

	"tundish/config/lang"
)

// Sheets are files of rows that a system without SOAP writes into a folder. Its name is what a job
// calls its operation.
type Sheets struct {
	At        lang.Pos
	Folder    lang.Value[string]   `yaml:"folder" lang:"required" en:"Folder that they write to, relative to the settings file; taken, done and refused are made in it. Nothing outside of it is touched." zh:"对方写入文件的文件夹，相对于设置文件；其中会建立 taken、done、refused 三个子文件夹。不会触及该文件夹之外。"`
	Pattern   lang.Value[string]   `yaml:"pattern" lang:"default=*.csv" en:"Names of the files, with * and ?." zh:"文件名，可用 * 与 ?。"`
	Charset   string               `yaml:"charset" lang:"default=UTF-8,oneof=UTF-8|GBK|GB18030" en:"Encoding of the files, and of the receipts; a UTF-8 file may begin with a byte order mark." zh:"文件及回执的编码；UTF-8 文件可带 BOM。"`
	Separator string               `yaml:"separator" lang:"max=1" en:"What stands between columns; absent: a comma." zh:"列分隔符；不填为逗号。"`
	Settled   time.Duration        `yaml:"settled" lang:"default=5s,max=10m" en:"A file is taken when its size and time did not change for so long." zh:"文件大小和时间在此时长内不变才读取。"`
	Marker    string               `yaml:"marker" lang:"max=20" en:"A file is taken when one of the same name with this behind it, such as .done, lies beside it; instead of settled." zh:"同名加此后缀（如 .done）的文件出现后才读取；替代 settled。"`
	Optional  []lang.Value[string] `yaml:"optional" en:"Columns that a file may lack; it must have all others that the order is made of." zh:"文件中可以没有的列；其余被引用的列必须有。"`
	Order     lang.Map[Input]      `yaml:"order" lang:"required" en:"Field of ours: column of theirs." zh:"本系统字段: 对方列名。"`
	Volatile  []lang.Value[string] `yaml:"volatile" en:"Columns that change with every file: no change of the order." zh:"每次文件都会变化的列，不视为工单变更。"`
}

// Staging is a table in a database that a system without SOAP fills, or that it is told in. Its name
// is what a job calls its operation.
type Staging struct {
	At       lang.Pos
	DSNFile  lang.Value[string]   `yaml:"dsn_file" en:"File that holds sqlserver://… or sqlite://PATH in one line, relative to the settings file." zh:"存放 sqlserver://… 或 sqlite://路径 的文件（一行），相对于设置文件。"`
	DSNEnv   lang.Value[string]   `yaml:"dsn_env" lang:"pattern='[A-Za-z_][A-Za-z0-9_]*'" en:"Environment variable that holds it instead." zh:"改用存放连接串的环境变量。"`
	Timeout  time.Duration        `yaml:"timeout" lang:"default=30s,min=100ms,max=10m" en:"How long one statement may take." zh:"单条语句的最长时间。"`
	Select   lang.Value[string]   `yaml:"select" en:"Reads a page: at most @limit rows behind @after, in the order of the key; @after is NULL for the first page. With several keys it is @after_NAME of each." zh:"读取一页：@after 之后、按 key 顺序、至多 @limit 行；首页 @after 为 NULL。多个 key 时用 @after_列名。"`
	Key      []lang.Value[string] `yaml:"key" en:"Columns by which rows are told apart and put in order." zh:"区分各行并决定顺序的列。"`
	Done     lang.Value[string]   `yaml:"done" en:"Marks a row after its order is stored: @no is our number, @at when; every column of the row may be named with @. Without it all rows are read each time." zh:"工单入库后标记该行：@no 为本系统工单号，@at 为时间；也可用 @列名 引用该行任意列。不填则每次读取全部行。"`
	Refused  lang.Value[string]   `yaml:"refused" en:"Marks a row that was refused: @reason says why; without it the row is read again next time." zh:"标记被拒绝的行：@reason 为原因；不填则下次再读。"`
	Order    lang.Map[Input]      `yaml:"order" en:"Field of ours: column of theirs." zh:"本系统字段: 对方列名。"`
	Volatile []lang.Value[string] `yaml:"volatile" en:"Columns that change with every reading: no change of the order." zh:"每次读取都会变化的列，不视为工单变更。"`
	Tell     lang.Map[Telling]    `yaml:"tell" en:"What they are told in the database, by occasion, instead of call." zh:"在数据库中告知对方的内容，按场合，替代 call。"`
}

// Telling is a statement that tells a system something.
type Telling struct {
	At        lang.Pos
	Statement lang.Value[string] `yaml:"statement" lang:"required" en:"Writes it; its values are named with @. When it changes no row the message counts as refused. It may be repeated: let it do nothing the second time." zh:"写入语句，以 @ 引用各值。未影响任何行视为被拒绝。语句可能重复执行，须保证重复时无副作用。"`
	Values    lang.Map[Output]   `yaml:"values" lang:"required" en:"Name in the statement: value of ours." zh:"语句中的名称: 本系统的值。"`
}
