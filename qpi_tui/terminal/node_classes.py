"""How Textual prepares each class of widgets: what the class itself adds is noted once, for all classes below it.

Textual looks through every name of every base each time a class is made: 10 ms of a start for its own classes and the
console's. `textual_loading` calls this as soon as `textual.dom` is imported, before there are widgets.
"""

from __future__ import annotations

from typing import Any


def prepare_quickly(dom: Any) -> None:
    """Replace `DOMNode.__init_subclass__` of the module `textual.dom` (8.2.8) by one with the same result."""
    node, reactive = dom.DOMNode, dom.Reactive
    known: dict[type, tuple[dict[str, Any], list[str]]] = {}

    def added(cls: type) -> tuple[dict[str, Any], list[str]]:
        """Return the reactive attributes of a class without its bases, and the names that it computes."""
        found = known.get(cls)
        if found is None:
            names = vars(cls)
            found = known[cls] = (
                {name: value for name, value in names.items() if isinstance(value, reactive)},
                [name.lstrip("_")[8:] for name in names if name.startswith(("_compute_", "compute_"))],
            )
        return found

    def prepare(
        cls: Any, inherit_css: bool = True, inherit_bindings: bool = True, inherit_component_classes: bool = True
    ) -> None:
        super(node, cls).__init_subclass__()
        all_added = [added(base) for base in reversed(cls.__mro__)]
        cls._reactives = {name: value for reactives, _ in all_added for name, value in reactives.items()}
        cls._computes = frozenset(name for _, computed in all_added for name in computed)
        cls._inherit_css = inherit_css
        cls._inherit_bindings = inherit_bindings
        cls._inherit_component_classes = inherit_component_classes
        bases = cls._css_bases(cls)
        cls._css_type_name = bases[0].__name__
        cls._css_type_names = frozenset(base.__name__ for base in bases)
        cls._merged_bindings = cls._merge_bindings()

    node.__init_subclass__ = classmethod(prepare)
