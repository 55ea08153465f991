"""The main job as one story, told through HTTP, on a stack of its own."""
