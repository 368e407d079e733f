"""The rules written: new versions, tables in a spreadsheet, and what is possible but surprising."""
