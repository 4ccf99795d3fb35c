"""nova.objects: what there is, and objects read, set and brought down."""

from nova import context as nova_context
from nova import objects
from nova.objects import base
from oslo_versionedobjects import base as ovo_base
from oslo_versionedobjects import fields as ovo_fields

objects.register_all()

COMMANDS = ('describe', 'read', 'backport')


def _classes():
    registered = ovo_base.VersionedObjectRegistry.obj_classes()
    # os_vif registers its own beside nova's.
    return {name: versions[0] for name, versions in registered.items()
            if issubclass(versions[0], base.NovaObject)}


def _subclasses(name):
    base_class = _classes()[name]
    return sorted(n for n, cls in _classes().items() if issubclass(cls, base_class))


def _describe_field(field):
    kind = field._type
    told = {'kind': type(kind).__name__, 'nullable': bool(field.nullable)}
    if field.default is not ovo_fields.UnspecifiedDefault:
        told['hasDefault'] = True
    if isinstance(kind, ovo_fields.CompoundFieldType):
        told['element'] = _describe_field(kind._element_type)
    elif isinstance(kind, ovo_fields.Object):
        name = kind._obj_name
        told['kind'] = 'Object'
        told['names'] = _subclasses(name) if kind._subclasses and name in _classes() else [name]
    elif isinstance(kind, ovo_fields.Enum):
        told['kind'] = 'Enum'
        told['values'] = list(kind.valid_values)
    return told


def _born(cls):
    """The fields that a new object has set: every object that nova sends has them."""
    obj = cls()
    return [name for name in cls.fields if obj.obj_attr_is_set(name)]


def describe():
    return {
        name: {
            'version': cls.VERSION,
            'manifest': ovo_base.obj_tree_get_versions(name),
            'born': _born(cls),
            'fields': {fname: _describe_field(field) for fname, field in cls.fields.items()},
        }
        for name, cls in _classes().items()
    }


def _read(primitive):
    return base.NovaObject.obj_from_primitive(primitive, nova_context.get_admin_context())


def read(primitive):
    """The object as nova writes it again, and a new one with every field set anew."""
    obj = _read(primitive)
    anew = type(obj)()
    for name in obj.obj_fields:
        if name in obj.fields and obj.obj_attr_is_set(name):
            setattr(anew, name, getattr(obj, name))
    return {'again': obj.obj_to_primitive(), 'anew': anew.obj_to_primitive()}


def backport(primitive, versions):
    obj = _read(primitive)
    return obj.obj_to_primitive(
        target_version=versions[obj.obj_name()], version_manifest=versions)
