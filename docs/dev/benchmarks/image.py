"""A registry of one image, busybox in the shape of alpine, for benchmarks: read-only, on a free port of loopback."""

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BUSYBOX = "/bin/busybox"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DIRECTORIES = "bin dev etc home opt proc root run sbin sys tmp usr usr/bin usr/sbin var var/tmp".split()


def layer():
    """The archive of the root file system."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name in DIRECTORIES:
            entry = tarfile.TarInfo(name + "/")
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        tar.add(BUSYBOX, "bin/busybox")
        for applet in subprocess.check_output([BUSYBOX, "--list"], text=True).split():
            if applet != "busybox":
                link = tarfile.TarInfo("bin/" + applet)
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(link)
        for name, text in (("passwd", "root:x:0:0:root:/root:/bin/sh\n"), ("group", "root:x:0:root\n")):
            entry = tarfile.TarInfo("etc/" + name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return out.getvalue()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Registry:
    """Serves the image under every name; `url` is what a mirror is set to."""

    def __init__(self):
        archive = layer()
        packed = gzip.compress(archive, mtime=0)
        config = json.dumps({
            "architecture": "amd64", "os": "linux",
            "config": {"Env": ["PATH=/usr/bin:/bin"], "Cmd": ["/bin/sh"]},
            "rootfs": {"type": "layers", "diff_ids": [digest(archive)]},
        }).encode()
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(config), "size": len(config)},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest(packed), "size": len(packed)}],
        }).encode()
        blobs = {digest(b): b for b in (packed, config, manifest)}

        class Handler(BaseHTTPRequestHandler):
            # Headers and body leave in one piece, or the second waits 40 ms for the receipt of the first.
            wbufsize = 1 << 16
            disable_nagle_algorithm = True

            protocol_version = "HTTP/1.1"

            def do_GET(self, body=True):
                if "/manifests/" in self.path:
                    content, kind = manifest, MANIFEST
                else:
                    content, kind = blobs.get(self.path.rsplit("/", 1)[-1], b""), "application/octet-stream"
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Docker-Content-Digest", digest(content))
                self.end_headers()
                if body:
                    self.wfile.write(content)

            def do_HEAD(self):
                self.do_GET(body=False)

            def log_message(self, *_):
                """Requests are not of interest."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
