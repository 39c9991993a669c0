from .net import SonarNet
