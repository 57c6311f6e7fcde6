"""What one environment has otherwise than the base: strategic merge patches and objects of its own.

Applied to the base they give what the environment alone would be compiled to, which a test holds
of every example by kustomize itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...compiler.plan import Plan
from .object import Object, plain
from .objects import objects
from .pod import image_of, plan_map
from .settings import KubernetesSettings

# By what kustomize tells the items of a list apart, as the schemas of Kubernetes say.
_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "imagePullSecrets": "name",
}
# By more than one key: such a list is replaced whole.
_REPLACED = ("ports", "topologySpreadConstraints")
_BUILT_IN = ("apps/", "batch/", "autoscaling/", "policy/", "networking.k8s.io/")


@dataclass(frozen=True, slots=True)
class Difference:
    """Objects that the base does not have, and patches by their files: bodies in YAML's terms."""

    added: tuple[Object, ...]
    patches: Mapping[str, Mapping[str, Any]]


def difference(
    before: tuple[Plan, KubernetesSettings], after: tuple[Plan, KubernetesSettings]
) -> Difference:
    """What leads from the objects of one plan to those of another."""
    old = {one.identity: one for one in objects(*before)}
    new = {one.identity: one for one in objects(*after)}
    images = image_of(*before), image_of(*after)
    patches: dict[str, Mapping[str, Any]] = {}
    for identity, one in old.items():
        if identity not in new:
            patches[one.file] = {**_head(one.body), "$patch": "delete"}
            continue
        was, is_now = _with_image(plain(one.body), *images), plain(new[identity].body)
        changes = _changes(was, is_now, _is_built_in(one.body))
        if changes:
            patches[one.file] = _patch(one.body, changes)
    if after[1].plan_in_image and not before[1].plan_in_image:
        one_map = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": plan_map(before[0])},
        }
        patches["plan"] = {**one_map, "$patch": "delete"}
    added = tuple(one for identity, one in new.items() if identity not in old)
    return Difference(added, patches)


def _head(body: Mapping[str, Any]) -> dict[str, Any]:
    """What names an object."""
    names = {"name": body["metadata"]["name"]}
    return {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": names}


def _patch(body: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    head = _head(body)
    metadata = {**head["metadata"], **changes.get("metadata", {})}
    return {**head, **changes, "metadata": metadata}


def _is_built_in(body: Mapping[str, Any]) -> bool:
    """Whether kustomize knows the object's schema; else it replaces every list."""
    version = str(body["apiVersion"])
    return version == "v1" or version.startswith(_BUILT_IN)


def _with_image(value: Any, before: str, after: str) -> Any:
    """The object once kustomize has put in the environment's image."""
    match value:
        case dict():
            return {
                key: after
                if key == "image" and item == before
                else _with_image(item, before, after)
                for key, item in value.items()
            }
        case list():
            return [_with_image(item, before, after) for item in value]
    return value


def _changes(before: Any, after: Any, keyed: bool) -> dict[str, Any]:
    """The patch of a mapping: what is other, and null for what is gone."""
    found: dict[str, Any] = {key: None for key in before if key not in after}
    for key, item in after.items():
        if key not in before:
            found[key] = item
        elif before[key] != item:
            found[key] = _change(key, before[key], item, keyed)
    return found


def _change(key: str, before: Any, after: Any, keyed: bool) -> Any:
    if isinstance(before, dict) and isinstance(after, dict):
        return _changes(before, after, keyed)
    if not (isinstance(before, list) and isinstance(after, list)) or not keyed:
        return after
    if key in _REPLACED:
        return [{"$patch": "replace"}, *after]
    return list(_items(_KEYS[key], before, after)) if key in _KEYS else after


def _items(name: str, before: list[Any], after: list[Any]) -> Iterator[dict[str, Any]]:
    """The items of a list that are other, new or gone, each told by its key."""
    old = {item[name]: item for item in before}
    for item in after:
        if item[name] not in old:
            yield item
            continue
        changes = _changes(old[item[name]], item, keyed=True)
        if changes:
            yield {name: item[name], **changes}
    kept = {item[name] for item in after}
    for gone in (one for one in old if one not in kept):
        yield {name: gone, "$patch": "delete"}
