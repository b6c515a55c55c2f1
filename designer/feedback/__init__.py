"""What a training says about its reward, worked out by arithmetic."""
