"""Authors of rewards (models, people, the built-in composer) and their prompts."""
