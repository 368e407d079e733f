"""What a command answers, and its renderings: a terminal, a page, a workbook, JSON."""
