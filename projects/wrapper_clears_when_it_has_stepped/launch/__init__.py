from .launcher import Launcher
