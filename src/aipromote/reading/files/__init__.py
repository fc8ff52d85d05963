"""Text out of uploaded files. Only ever called in a process apart (`aipromote.reading.apart`)."""
