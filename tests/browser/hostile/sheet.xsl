<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><img src="http://127.0.0.1:@SINK@/sink/style%20sheet%20of%20sheets"/></html>
