"""nova's databases: made by nova-manage, looked into, and used by nova.objects."""

import datetime

from nova import config
from nova import context as nova_context
from nova import objects
from nova.cmd import manage
from nova.objects import base
import sqlalchemy

CONF = config.CONF

COMMANDS = ('use', 'sync', 'schema', 'call', 'create', 'save')


def use(main, api):
    """The databases of this process: once, for nova's engines cannot be pointed elsewhere."""
    config.parse_args(['nova-manage'], default_config_files=[], configure_db=False)
    CONF.set_override('connection', main, 'database')
    CONF.set_override('connection', api, 'api_database')
    from nova.db.api import api as api_db
    from nova.db.main import api as main_db
    main_db.configure(CONF)
    api_db.configure(CONF)
    objects.register_all()


def sync():
    """nova-manage api_db sync, and nova-manage db sync --local_cell."""
    manage.ApiDbCommands().sync()
    manage.DbCommands().sync(local_cell=True)


def _names(constraints):
    return {one['name'] or ','.join(one['column_names'] or one['constrained_columns']):
            {key: value for key, value in one.items() if key != 'name'} for one in constraints}


def schema(url):
    """All tables with all that SQLAlchemy sees of them."""
    engine = sqlalchemy.create_engine(url)
    seen = sqlalchemy.inspect(engine)

    def column(one):
        kind = one['type']
        # SQLAlchemy knows no type by some names that nova gave columns of SQLite.
        known = not isinstance(kind, sqlalchemy.types.NullType)
        return {'type': known and str(kind.compile(engine.dialect)),
                'nullable': one['nullable'],
                'default': one['default'] and str(one['default']),
                'autoincrement': one.get('autoincrement')}
    try:
        return {
            name: {
                'columns': {one['name']: column(one) for one in seen.get_columns(name)},
                'key': seen.get_pk_constraint(name)['constrained_columns'],
                'indexes': _names([
                    {'name': one['name'], 'column_names': one['column_names'],
                     'unique': bool(one['unique'])} for one in seen.get_indexes(name)]),
                'unique': _names([
                    {'name': one['name'], 'column_names': one['column_names']}
                    for one in seen.get_unique_constraints(name)]),
                'foreign': sorted([
                    [one['constrained_columns'], one['referred_table'],
                     one['referred_columns']] for one in seen.get_foreign_keys(name)]),
            } for name in seen.get_table_names()
        }
    finally:
        engine.dispose()


def _admin():
    return nova_context.RequestContext('u1', 'p1', is_admin=True)


def _decoded(value):
    return base.NovaObjectSerializer().deserialize_entity(_admin(), value)


def _encoded(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return base.NovaObjectSerializer().serialize_entity(_admin(), value)


def call(object, method, args=(), kwargs=None):
    """A class's method, as the conductor would call it."""
    cls = base.NovaObjectRegistry.obj_classes()[object][0]
    return _encoded(getattr(cls, method)(
        _admin(), *_decoded(list(args)), **_decoded(kwargs or {})))


def create(primitive):
    obj = _decoded(primitive)
    obj.create()
    return obj.obj_to_primitive()


def save(primitive):
    obj = _decoded(primitive)
    obj.save()
    return obj.obj_to_primitive()
