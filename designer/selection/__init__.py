"""Who is built on, who leads, and how sure that is."""
