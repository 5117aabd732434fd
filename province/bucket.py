"""Copy the signed tree to an S3-compatible bucket: targets first, metadata next, timestamp last.

Files but timestamp.json are named by content or version and never change, so what is there with the
right size is not sent again, and a run that breaks off leaves the old release in use.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from province.errors import PublishError

Report = Callable[[str, int, int], None]
_LAST = "metadata/timestamp.json"


def connect(endpoint: str | None = None) -> Any:
    """Return a client; credentials and region come from where boto3 looks for them."""
    return boto3.client("s3", endpoint_url=endpoint)


def upload(client: Any, tree: Path, bucket: str, prefix: str, *, report: Report) -> int:
    """Bring a bucket up to date and return how many bytes were sent.

    Raises:
        PublishError: The bucket refuses or cannot be reached; the old release stays in use.
    """
    prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""
    try:
        there = _sizes(client, bucket, prefix)
        files = [
            path.relative_to(tree).as_posix()
            for path in sorted(tree.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        ]
        # Targets before metadata: "targets/" sorts after "metadata/".
        files.sort(key=lambda name: (name == _LAST, name.startswith("metadata/"), name))
        missing = [
            name
            for name in files
            if name == _LAST or there.get(prefix + name) != (tree / name).stat().st_size
        ]
        for done, name in enumerate(missing):
            report(name, done, len(missing))
            kind = "application/json" if name.endswith(".json") else "application/octet-stream"
            keep = "no-cache" if name == _LAST else "max-age=31536000, immutable"
            extra = {"ContentType": kind, "CacheControl": keep}
            client.upload_file(str(tree / name), bucket, prefix + name, ExtraArgs=extra)
    except (BotoCoreError, ClientError, OSError, boto3.exceptions.Boto3Error) as error:
        raise PublishError(f"bucket {bucket}: cannot be written: {error}") from error
    return sum((tree / name).stat().st_size for name in missing)


def _sizes(client: Any, bucket: str, prefix: str) -> dict[str, int]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return {one["Key"]: one["Size"] for page in pages for one in page.get("Contents", [])}
