#!/usr/bin/env python3
# browser.py PAGE FOLDER [WIDTH]: looks at a page in a headless Chromium as TAP, at the widths of a
# telephone, a tablet and a screen, light and dark, and on paper, or at one width alone; the pictures are put in FOLDER.
import base64
import json
import os
import subprocess
import sys
import tempfile

page, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
widths = [int(w) for w in sys.argv[3:]] or [320, 390, 800, 1400]
tests = failed = 0


def ok(good, text, *why):
    global tests, failed
    tests += 1
    failed += not good
    print("%s %d - %s" % ("ok" if good else "not ok", tests, text))
    for line in why if not good else ():
        print("# %s" % line)


class Browser:
    """One page of a Chromium, by its pipe for debuggers: JSON that ends with a NUL."""

    def __init__(self, profile):
        down, up = os.pipe(), os.pipe()

        def prepare():
            # The browser reads from 3 and writes to 4.
            reader, writer = os.dup(down[0]), os.dup(up[1])
            os.dup2(reader, 3)
            os.dup2(writer, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--no-first-run", "--disable-extensions", "--disable-background-networking",
             "--user-data-dir=" + profile, "--remote-debugging-pipe", "about:blank"],
            preexec_fn=prepare, close_fds=False, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(down[0])
        os.close(up[1])
        self.to, self.answers = down[1], os.fdopen(up[0], "rb")
        self.number, self.rest, self.events = 0, b"", []
        targets = self.call("Target.getTargets")["targetInfos"]
        target = next(t for t in targets if t["type"] == "page")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def read(self):
        while b"\0" not in self.rest:
            more = self.answers.read1(1 << 20)
            if not more:
                raise SystemExit("Bail out! Chromium has ended")
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if hasattr(self, "session"):
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit("Bail out! %s: %s" % (method, answer["error"]["message"]))
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self.read())

    def value(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")


def name_of(node):
    return node.get("name", {}).get("value", "").strip()


def check_names(browser):
    nodes = [n for n in browser.call("Accessibility.getFullAXTree")["nodes"] if not n.get("ignored")]
    for role in ("link", "image", "table", "heading", "group"):
        found = [n for n in nodes if n["role"]["value"] == role]
        # A <details> is a group, and its summary says what is in it.
        unnamed = [n["nodeId"] for n in found if not name_of(n)] if role != "group" else []
        ok(not unnamed, "each %s has a name (%d of them)" % (role, len(found)), *unnamed[:5])
    drawings = browser.value(
        "[...document.querySelectorAll('svg.card')].filter(s => !s.getAttribute('aria-label')).length")
    ok(drawings == 0, "each drawing has a name")


with tempfile.TemporaryDirectory() as profile:
    os.makedirs(folder, exist_ok=True)
    b = Browser(profile)
    for domain in ("Page", "Network", "Accessibility", "Runtime", "Log"):
        b.call(domain + ".enable")
    b.call("Emulation.setScriptExecutionDisabled", value=True)
    b.call("Page.navigate", url="file://" + page)
    b.wait("Page.loadEventFired")
    requests = [e["params"]["request"]["url"] for e in b.events if e.get("method") == "Network.requestWillBeSent"]
    ok(requests == ["file://" + page], "it asks for nothing but itself", *requests)
    errors = [e["params"]["entry"]["text"] for e in b.events if e.get("method") == "Log.entryAdded"]
    ok(not errors, "the browser has nothing to complain of", *errors)
    b.call("Emulation.setScriptExecutionDisabled", value=False)
    for width in widths:
        for scheme in ("light", "dark"):
            b.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
                   mobile=width < 700)
            b.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            wide = b.value("document.documentElement.scrollWidth")
            ok(wide <= width, "nothing is wider than %d, %s" % (width, scheme), "%s" % wide)
            height = min(b.value("document.documentElement.scrollHeight"), 12000)
            picture = b.call("Page.captureScreenshot", captureBeyondViewport=True, clip={
                "x": 0, "y": 0, "width": width, "height": height, "scale": 1})["data"]
            with open("%s/%d-%s.png" % (folder, width, scheme), "wb") as f:
                f.write(base64.b64decode(picture))
    # A drawing's text stays in its box, whatever font there is.
    outside = b.value("""[...document.querySelectorAll('svg.card text')].filter(t => {
        const box = t.getBoundingClientRect(), all = (t.closest('svg.b') || t.closest('svg.card'))
            .getBoundingClientRect();
        return box.right > all.right + 1 || box.left < all.left - 1;
    }).map(t => t.textContent)""")
    ok(not outside, "no text of a drawing leaves its place", *outside[:8])
    check_names(b)
    if len(widths) > 1:
        pdf = base64.b64decode(b.call("Page.printToPDF", printBackground=True)["data"])
        with open(folder + "/paper.pdf", "wb") as f:
            f.write(pdf)
        ok(pdf.startswith(b"%PDF"), "it can be printed")
    b.call("Browser.close")
    b.process.wait(timeout=20)
print("1..%d" % tests)
sys.exit(failed > 0)
