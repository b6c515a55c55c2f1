"""An episode as a film: camera, painters, markings and encoding."""
