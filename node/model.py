"""What every value is that goes into a node or comes out of it."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A value whose checks are built when it is first used.

    There are hundreds of them and a station meets a few: building all at the start would cost
    every process several MB. Subclasses keep this when they add to ``model_config``.
    """

    model_config = ConfigDict(defer_build=True)
