"""The search: what is there, what is to be done next, and the loop that has it done."""
