"""A file as given (path or uploaded bytes), and what kind of file it really is.

The kind is judged by content: half of all ".xlsx" that cannot be read are something else renamed.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from casework.errors import BadInput

MAX_BYTES = 50 * 1024 * 1024

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SAVE_AS = "请用 Excel 或 WPS 打开后“另存为”Excel 工作簿（.xlsx），再导入。"


@dataclass(frozen=True)
class Source:
    """A file to be read: its content and the name the user knows it by."""

    content: Path | bytes
    filename: str

    def open(self) -> BinaryIO:
        """The content from its beginning."""
        if isinstance(self.content, bytes):
            return io.BytesIO(self.content)
        try:
            return self.content.open("rb")
        except OSError as problem:
            raise BadInput(f"打不开文件“{self.filename}”：请检查路径是否正确、是否有读取权限。") from problem

    def size(self) -> int:
        """Bytes in the file."""
        with self.open() as file:
            return file.seek(0, io.SEEK_END)


def kind_of(source: Source) -> Literal["xlsx", "csv"]:
    """Whether to read a workbook or CSV text; `BadInput` for all else, each with its own reason."""
    name = source.filename
    size = source.size()
    if not size:
        raise BadInput(f"文件“{name}”是空的，一个字节也没有。请重新导出或重新上传。")
    if size > MAX_BYTES:
        raise BadInput(
            f"文件“{name}”有 {size / 1024 / 1024:.1f} MB，超过 50 MB 的上限。"
            "请删去图片和多余的工作表，或按学校分成几个文件导入。"
        )
    with source.open() as file:
        start = file.read(4096)
    if start.startswith((_ZIP, _EMPTY_ZIP)):
        return "xlsx"
    if start.startswith(_OLE):
        raise _old_or_encrypted(source)
    suffix = Path(name).suffix.lower()
    if suffix == ".csv" and b"\0" not in start:
        return "csv"
    raise _neither(name, suffix, start)


def _old_or_encrypted(source: Source) -> BadInput:
    with source.open() as file:
        encrypted = _ENCRYPTED in file.read()
    if encrypted:
        return BadInput(
            f"工作簿“{source.filename}”设了打开密码，读不了。请在 Excel 或 WPS 里取消密码、保存后再导入。"
        )
    return BadInput(f"“{source.filename}”是旧格式的 Excel 97-2003（.xls）文件。{_SAVE_AS}")


def _neither(name: str, suffix: str, start: bytes) -> BadInput:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return BadInput(
            f"“{name}”是 UTF-16 编码的文本。请另存为“CSV UTF-8”或 Excel 工作簿（.xlsx）后再导入。"
        )
    if suffix == ".xls":
        return BadInput(f"“{name}”是 .xls 文件，不能直接导入。{_SAVE_AS}")
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return BadInput(f"“{name}”其实是网页或 XML 文件，不是 Excel 工作簿。{_SAVE_AS}")
    if suffix == ".xlsx":
        return BadInput(f"“{name}”的内容不是 Excel 工作簿，可能已损坏或被改过扩展名。{_SAVE_AS}")
    return BadInput(f"“{name}”既不是 Excel 工作簿（.xlsx）也不是 CSV 文件（.csv），不能导入。{_SAVE_AS}")
