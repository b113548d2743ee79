"""`make bench`: how much time, memory and how many requests many members take."""
