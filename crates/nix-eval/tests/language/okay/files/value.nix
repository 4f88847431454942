"value"
