"""The upload form (上传表单)."""

from uuid import uuid4

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import DataRequired, Regexp

from casework.importers.uploads import Choices


class UploadForm(FlaskForm):
    """What kind, which file, how. `run`: the run this form begins; sent twice, it begins one."""

    kind = RadioField("要导入哪种表", [DataRequired("请选择要导入哪种表")])
    file = FileField("文件", [FileRequired("请选择一个 .xlsx 或 .csv 文件")])
    full = BooleanField("全册")
    confirm_names = BooleanField("确认姓名")
    all_or_nothing = BooleanField("全部接受才写入")
    run = HiddenField(validators=[Regexp(r"^[0-9a-f]{32}$", message="页面已过期，请刷新后再试")])

    @property
    def choices(self) -> Choices:
        """The options as chosen."""
        return Choices(self.full.data, self.confirm_names.data, self.all_or_nothing.data)

    @property
    def faults(self) -> list[str]:
        """Everything to be put right, in sentences."""
        return [text for texts in self.errors.values() for text in texts]


def new_run() -> str:
    """An id for a form that is shown."""
    return uuid4().hex
