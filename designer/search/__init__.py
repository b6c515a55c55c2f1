"""What is known before and after training: transitions, selection, statistics."""
