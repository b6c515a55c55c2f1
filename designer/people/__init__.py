"""People who watch clips: what they are asked, and what their answers say."""
