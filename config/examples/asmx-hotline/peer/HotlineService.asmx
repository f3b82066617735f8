<%@ WebService Language="C#" CodeBehind="HotlineService.cs" Class="Hotline.HotlineService" %>
