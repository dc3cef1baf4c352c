"""The random walk: it chooses the steps and their values. Also the stories, which are fixed sequences of steps."""
