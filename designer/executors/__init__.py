"""Where jobs run. Here: processes on this machine."""
