"""What a file uses of the project's other files: a write in one of them is found through every way to import it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.project.trees import KEEP, RESET, expected, found, found_alone, main, write_tree

if TYPE_CHECKING:
    from pathlib import Path

#: The files of programs in which a write is reached; the comment `# GRD111` stands where it is to be found.
REACHED = {
    "a name of a module": {"main.py": main("from helper import reset"), "helper.py": RESET},
    "another name for it": {"main.py": main("from helper import reset as wipe", "wipe(out)"), "helper.py": RESET},
    "several names in brackets": {
        "main.py": main("from helper import (\n    keep,\n    reset,\n)", "keep(out)\nreset(out)"),
        "helper.py": f"def keep(x):\n    return x.sum()\n\n\n{RESET}",
    },
    "a module": {"main.py": main("import helper", "helper.reset(out)"), "helper.py": RESET},
    "another name for a module": {"main.py": main("import helper as h", "h.reset(out)"), "helper.py": RESET},
    "two modules at once": {
        "main.py": main("import other, helper", "other.reset(out)\nhelper.reset(out)"),
        "helper.py": RESET,
        "other.py": KEEP,
    },
    "a module of a package": {
        "main.py": main("from pkg.tools import reset"),
        "pkg/__init__.py": "",
        "pkg/tools.py": RESET,
    },
    "a module as a name of its package": {
        "main.py": main("from pkg import tools", "tools.reset(out)"),
        "pkg/__init__.py": "",
        "pkg/tools.py": RESET,
    },
    "attributes of a package": {
        "main.py": main("import pkg.deep.tools", "pkg.deep.tools.reset(out)"),
        "pkg/__init__.py": "",
        "pkg/deep/__init__.py": "",
        "pkg/deep/tools.py": RESET,
    },
    "two modules of one package": {
        "main.py": main("import pkg.one\nimport pkg.two", "pkg.one.reset(out)\npkg.two.reset(out)"),
        "pkg/__init__.py": "",
        "pkg/one.py": KEEP,
        "pkg/two.py": RESET,
    },
    "a short name for a module of a package": {
        "main.py": main("import pkg.tools as t", "t.reset(out)"),
        "pkg/__init__.py": "",
        "pkg/tools.py": RESET,
    },
    "a name that the package hands on": {
        "main.py": main("from pkg import reset"),
        "pkg/__init__.py": "from .tools import reset\n",
        "pkg/tools.py": RESET,
    },
    "a name that the package hands on as another": {
        "main.py": main("import pkg", "pkg.wipe(out)"),
        "pkg/__init__.py": "from .tools import reset as wipe\n",
        "pkg/tools.py": RESET,
    },
    "a name that is handed on twice": {
        "main.py": main("from pkg import reset"),
        "pkg/__init__.py": "from .inner import reset\n",
        "pkg/inner/__init__.py": "from .tools import reset\n",
        "pkg/inner/tools.py": RESET,
    },
    "a name that is bound to another": {
        "main.py": main("from helper import wipe", "wipe(out)"),
        "helper.py": f"{RESET}\n\nwipe = reset\n",
    },
    "one dot": {
        "main.py": main("from pkg.call import call", "call(out)"),
        "pkg/__init__.py": "",
        "pkg/call.py": "from .tools import reset\n\n\ndef call(x):\n    reset(x)\n",
        "pkg/tools.py": RESET,
    },
    "one dot and no name": {
        "main.py": main("from pkg.call import call", "call(out)"),
        "pkg/__init__.py": "",
        "pkg/call.py": "from . import tools\n\n\ndef call(x):\n    tools.reset(x)\n",
        "pkg/tools.py": RESET,
    },
    "two dots": {
        "main.py": main("from pkg.deep.call import call", "call(out)"),
        "pkg/__init__.py": "",
        "pkg/tools.py": RESET,
        "pkg/deep/__init__.py": "",
        "pkg/deep/call.py": "from ..tools import reset\n\n\ndef call(x):\n    reset(x)\n",
    },
    "three dots and a package beside": {
        "main.py": main("from pkg.a.b.call import call", "call(out)"),
        "pkg/__init__.py": "",
        "pkg/c/__init__.py": "",
        "pkg/c/tools.py": RESET,
        "pkg/a/__init__.py": "",
        "pkg/a/b/__init__.py": "",
        "pkg/a/b/call.py": "from ...c import tools as t\n\n\ndef call(x):\n    t.reset(x)\n",
    },
    "dots in a package's own file": {
        "main.py": main("from pkg.deep import call", "call(out)"),
        "pkg/__init__.py": "",
        "pkg/tools.py": RESET,
        "pkg/deep/__init__.py": "from ..tools import reset\n\n\ndef call(x):\n    reset(x)\n",
    },
    "all names": {"main.py": main("from helper import *"), "helper.py": RESET},
    "all names that the module lists": {
        "main.py": main("from helper import *", "_reset(out)"),
        "helper.py": '__all__ = ["_reset"]\n\n\n' + RESET.replace("reset", "_reset"),
    },
    "all names of a package": {
        "main.py": main("from pkg import *"),
        "pkg/__init__.py": "from .tools import *\n",
        "pkg/tools.py": RESET,
    },
    "a name of all names of another module": {
        "main.py": main("from first import reset"),
        "first.py": "from second import *\n",
        "second.py": "from third import *\n",
        "third.py": RESET,
    },
    "a name that the last of two modules gives": {
        "main.py": main("from first import *\nfrom second import *"),
        "first.py": KEEP,
        "second.py": RESET,
    },
    "an import in a function": {
        "main.py": main("", "def call(x):\n    from helper import reset\n\n    reset(x)\n\n\ncall(out)"),
        "helper.py": RESET,
    },
    "an import in a function of another file": {
        "main.py": main("from call import call", "call(out)"),
        "call.py": "def call(x):\n    from helper import reset\n\n    reset(x)\n",
        "helper.py": RESET,
    },
    "an import in a condition that holds": {
        "main.py": main("if True:\n    from helper import reset"),
        "helper.py": RESET,
    },
    "an import that is tried": {
        "main.py": main("try:\n    from helper import reset\nexcept ImportError:\n    reset = None"),
        "helper.py": RESET,
    },
    "a method of a class": {
        "main.py": main("from helper import Tool", "Tool().reset(out)"),
        "helper.py": "class Tool:\n    def reset(self, x):\n        x.data.zero_()  # GRD111\n",
    },
    "a class that is inherited from": {
        "main.py": main("from helper import Tool", "class Own(Tool):\n    pass\n\n\nOwn().reset(out)"),
        "helper.py": (
            "from base import Base\n\n\nclass Tool(Base):\n    def reset(self, x):\n        super().reset(x)\n"
        ),
        "base.py": "class Base:\n    def reset(self, x):\n        x.data.zero_()  # GRD111\n",
    },
    "an object of another file": {
        "main.py": main("from helper import tool", "tool.reset(out)"),
        "helper.py": ("class Tool:\n    def reset(self, x):\n        x.data.zero_()  # GRD111\n\n\ntool = Tool()\n"),
    },
    "a function that stands in a table": {
        "main.py": main("from helper import TABLE", 'TABLE["reset"](out)'),
        "helper.py": f'{RESET}\n\nTABLE = {{"reset": reset}}\n',
    },
    "a function that is put into a table later": {
        "main.py": main("from helper import TABLE", 'TABLE["reset"](out)'),
        "helper.py": f'TABLE = {{}}\n\n\n{RESET}\n\nTABLE["reset"] = reset\n',
    },
    "a table that a decorator fills in another file": {
        "main.py": main("import tools\nfrom registry import build", 'build("reset")(out)'),
        "registry.py": (
            "TABLE = {}\n\n\ndef register(function):\n    TABLE[function.__name__] = function\n    return function\n\n\n"
            "def build(name):\n    return TABLE[name]\n"
        ),
        "tools.py": f"from registry import register\n\n\n@register\n{RESET}",
    },
    "a table that a decorator with a name fills": {
        "main.py": main("import pkg\nfrom pkg.registry import TABLE", 'TABLE["wipe"](out)'),
        "pkg/__init__.py": "from . import tools\n",
        "pkg/registry.py": (
            "TABLE = {}\n\n\ndef register(name):\n    def put(function):\n        TABLE[name] = function\n"
            "        return function\n\n    return put\n"
        ),
        "pkg/tools.py": f'from .registry import register\n\n\n@register("wipe")\n{RESET}',
    },
    "a name that is looked up": {
        "main.py": main("import helper", 'getattr(helper, "reset")(out)'),
        "helper.py": RESET,
    },
    "a name that is looked up in a variable": {
        "main.py": main("import helper", 'name = "reset"\ngetattr(helper, name)(out)'),
        "helper.py": RESET,
    },
    "modules that import one another": {
        "main.py": main("from first import call", "call(out)"),
        "first.py": "import second\n\n\ndef call(x):\n    second.pass_on(x)\n\n\n" + RESET,
        "second.py": "import first\n\n\ndef pass_on(x):\n    first.reset(x)\n",
    },
    "all names of modules that import one another": {
        "main.py": main("from first import *", "call(out)"),
        "first.py": f"from second import *\n\n\ndef call(x):\n    pass_on(x)\n\n\n{RESET}",
        "second.py": "from first import *\nimport first\n\n\ndef pass_on(x):\n    first.reset(x)\n",
    },
    "a module that imports itself": {
        "main.py": main("from helper import reset"),
        "helper.py": f"import helper\n\n\n{RESET}",
    },
    "a module that imports the file": {
        "main.py": main("from helper import reset\n\nSIZE = 3\n"),
        "helper.py": f"from main import SIZE\n\n\n{RESET}",
    },
    "a module that imports the file as a module": {
        "main.py": main("from helper import reset\n\nSIZE = 3\n"),
        "helper.py": f"import main\n\n\n{RESET}",
    },
    "a function that is handed over": {
        "main.py": main("from call import call\nfrom helper import reset", "call(reset, out)"),
        "call.py": "def call(function, x):\n    function(x)\n",
        "helper.py": RESET,
    },
    "a write in the file, of a function in another one": {
        "main.py": main("from call import call", "def reset(x):\n    x.data.zero_()  # GRD111\n\n\ncall(reset, out)"),
        "call.py": "def call(function, x):\n    function(x)\n",
    },
}


@pytest.mark.parametrize("name", REACHED)
def test_what_is_wrong_is_found_where_it_stands(tmp_path: Path, name: str) -> None:
    files = REACHED[name]
    write_tree(tmp_path, files)
    assert expected(files)
    assert found(tmp_path) == expected(files)
    assert found_alone(tmp_path) == []


def test_an_import_in_the_place_of_one_that_may_fail_is_one_premise(tmp_path: Path) -> None:
    tried = "try:\n    from package_of_nobody import reset\nexcept ImportError:\n    from helper import reset"
    write_tree(tmp_path, {"main.py": main(tried), "helper.py": RESET})
    assert found(tmp_path) == [("helper.py", 2, "GRD211")]


#: The files of programs in which nothing is wrong, or nothing that may be claimed.
SILENT = {
    "a harmless function": {"main.py": main("from helper import reset"), "helper.py": KEEP},
    "the last definition": {"main.py": main("from helper import reset"), "helper.py": f"{RESET}\n\n{KEEP}"},
    "a name that the last of two modules gives": {
        "main.py": main("from first import *\nfrom second import *"),
        "first.py": RESET,
        "second.py": KEEP,
    },
    "a name that a module does not list": {
        "main.py": main("from first import *\nfrom second import *"),
        "first.py": KEEP,
        "second.py": f"__all__ = []\n\n\n{RESET}",
    },
    "a name with an underscore among all names": {
        "main.py": main("from first import _reset\nfrom second import *", "_reset(out)"),
        "first.py": KEEP.replace("reset", "_reset"),
        "second.py": RESET.replace("reset", "_reset"),
    },
    "a name that a package of its own hides": {
        "main.py": main("from helper import reset"),
        "helper.py": RESET,
        "helper/__init__.py": KEEP,
    },
    "a name that is bound again": {
        "main.py": main("from helper import reset\n\n\ndef reset(x):\n    return x.clone()\n"),
        "helper.py": RESET,
    },
    "a condition that a constant of another file decides": {
        "main.py": main("from settings import WIPES", "if WIPES:\n    out.data.zero_()"),
        "settings.py": "WIPES = False\n",
    },
    "what a module does as a script": {
        "main.py": main("import helper\nfrom helper import TABLE", 'TABLE["reset"](out)'),
        "helper.py": f'{KEEP}\n\nTABLE = {{"reset": reset}}\n\n\n{RESET.replace("reset", "wipe")}\n\n'
        'if __name__ == "__main__":\n    TABLE["reset"] = wipe\n',
    },
    "a name that there is not": {"main.py": main("from helper import absent as reset"), "helper.py": RESET},
    "a module that there is not": {"main.py": main("from absent import reset"), "helper.py": RESET},
    "too many dots": {
        "main.py": main("from pkg.call import call", "call(out)"),
        "pkg/__init__.py": "",
        "pkg/call.py": "from ....helper import reset\n\n\ndef call(x):\n    reset(x)\n",
        "helper.py": RESET,
    },
}


@pytest.mark.parametrize("name", SILENT)
def test_what_is_right_is_not_reported(tmp_path: Path, name: str) -> None:
    write_tree(tmp_path, SILENT[name])
    assert found(tmp_path) == []
