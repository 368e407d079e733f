"""When an amount is paid, and what is still owed of the months that were."""
