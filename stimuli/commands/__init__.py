"""What is typed after ``facevalue stimuli``: one module for each command."""
