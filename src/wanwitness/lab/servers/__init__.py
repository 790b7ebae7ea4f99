"""The servers, each in its file: it writes its configuration below the lab's state folder and starts its process."""
