"""The spiders of this project: three fixture sites and the replay of a recorded site."""
