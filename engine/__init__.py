"""The rules engine of réglo: reads regulations written as data and evaluates them over records."""
