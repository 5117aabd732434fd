"""Make the binary samples again: ebooks, scanned pages, a recording, pictures, a DOCX.

Needs Pillow, ffmpeg, espeak-ng and the fonts of fonts-dejavu-core. Run from the project's root:
`.venv/bin/python tools/make_samples.py`. The words are in samples/texts and below; all CC0-1.0.
"""

import io
import math
import subprocess
import tempfile
import zipfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
FONTS = Path("/usr/share/fonts/truetype/dejavu")
EPOCH = (2026, 11, 24, 0, 0, 0)
INDIGO, GREEN, GOLD, PAPER = (47, 58, 143), (30, 107, 69), (242, 193, 78), (255, 253, 248)
HISTORY = [
    (
        "LỊCH SỬ XÃ MƯỜNG MẪU",
        (
            "Xã Mường Mẫu nằm giữa hai dãy núi, có suối Nậm Mẫu chảy qua. Theo lời các cụ, những nhà đầu"
            " tiên đến đây khai ruộng cách nay chừng hai trăm năm. Thấy đất bằng, nước tốt, họ đặt tên"
            " mường theo tên con suối. Văn bản này viết ra để làm mẫu; tên đất, tên người đều tưởng"
            " tượng."
        ),
    ),
    (
        "I. Các bản trong xã",
        (
            "Xã có bảy bản. Bản Nà Mẫu ở giữa, gần chợ. Bản Pá Hạ ở ven suối, nhà sàn quay mặt ra ruộng."
            " Bản Sín Chải ở lưng núi, quanh năm mây phủ. Người Thái làm ruộng nước, người Mông làm"
            " nương, người Hà Nhì giỏi đắp ruộng bậc thang. Các bản đổi công cho nhau vào mùa gặt."
        ),
    ),
    (
        "II. Chợ phiên",
        (
            "Chợ phiên họp sáng chủ nhật ở bãi bằng cạnh suối. Bà con mang xuống mật ong, măng khô, thảo"
            " quả, vải lanh; mang về muối, dầu, kim chỉ và sách vở cho trẻ. Chợ không chỉ để mua bán."
            " Người ta đến chợ để gặp nhau, hỏi thăm mùa màng, nghe tin xa gần."
        ),
    ),
    (
        "III. Lễ hội và trường học",
        (
            "Đầu xuân, xã mở hội xuống đồng. Thanh niên thi cày, các bà thi nấu xôi bảy màu, đêm đến cả"
            " mường nắm tay múa xòe quanh bếp lửa. Trường học đầu tiên của xã dựng bằng tre nứa, có một"
            " thầy và mười hai trò. Nay mỗi bản đều có lớp học, và điểm bưu điện có tủ sách."
        ),
    ),
]
CRATE = [
    ("Heading1", "Mượn thùng sách luân chuyển"),
    ("", "Mỗi thùng có khoảng 40 cuốn sách giấy. Thùng ở lại một bản ba tháng rồi sang bản khác."),
    ("Heading2", "Khi nhận thùng"),
    ("", "Đếm sách theo tờ danh sách trong nắp thùng. Thiếu cuốn nào, ghi ngay vào tờ đó."),
    ("", "Để thùng nơi khô, cao hơn mặt đất một gang tay."),
    ("Heading2", "Khi cho mượn"),
    (
        "",
        "Viết vào sổ: ngày, tên cuốn sách, tên người mượn. Mỗi người một lần hai cuốn, mười ngày.",
    ),
    ("Heading2", "Khi trả thùng"),
    ("", "Gọi điện cho thư viện xã trước một tuần. Lau bụi, xếp sách đứng, gáy quay ra ngoài."),
]


def font(size: int, name: str = "DejaVuSerif") -> ImageFont.FreeTypeFont:
    """Return a font that has every Vietnamese letter."""
    return ImageFont.truetype(str(FONTS / f"{name}.ttf"), size)


def jpeg(picture: Image.Image, quality: int = 70) -> bytes:
    """Return the picture as JPEG."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def wrapped(
    draw: ImageDraw.ImageDraw, text: str, face: ImageFont.FreeTypeFont, width: int
) -> list[str]:
    """Return the text in lines that fit."""
    lines: list[str] = []
    for word in text.split():
        if lines and draw.textlength(f"{lines[-1]} {word}", font=face) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def scene(kind: str, size: tuple[int, int] = (640, 400)) -> Image.Image:
    """Return a simple drawing: mountains with a deer, with dew, or with a well."""
    width, height = size
    picture = Image.new("RGB", size, (214, 232, 240))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((width - 150, 40, width - 70, 120), fill=GOLD)
    for base, colour in ((0.55, (140, 170, 160)), (0.7, (86, 130, 104)), (0.85, GREEN)):
        points = [(0, height)]
        for x in range(0, width + 20, 20):
            wave = math.sin(x / 70 + base * 9) * 40 + math.sin(x / 31 + base * 4) * 14
            points.append((x, int(height * base - wave)))
        draw.polygon([*points, (width, height)], fill=colour)
    if kind == "deer":
        draw.ellipse((250, 230, 370, 300), fill=(150, 92, 50))
        for x in (268, 290, 335, 352):
            draw.line((x, 285, x, 350), fill=(120, 70, 36), width=9)
        draw.polygon([(355, 250), (400, 180), (420, 195), (372, 275)], fill=(150, 92, 50))
        draw.ellipse((385, 160, 445, 205), fill=(150, 92, 50))
        draw.ellipse((418, 172, 427, 181), fill=(20, 20, 20))
        for end in ((395, 110), (420, 105), (440, 118)):
            draw.line((408, 165, *end), fill=(90, 60, 30), width=5)
    elif kind == "dew":
        for place in range(9):
            x = 60 + place * 62
            draw.line((x, 390, x + 18, 250 + place % 3 * 20), fill=(20, 80, 50), width=9)
            draw.ellipse((x + 6, 232 + place % 3 * 20, x + 34, 262 + place % 3 * 20), fill=PAPER)
    elif kind == "well":
        draw.ellipse((200, 250, 440, 360), fill=(120, 120, 120))
        draw.ellipse((225, 262, 415, 346), fill=(70, 130, 190))
        draw.rectangle((470, 90, 500, 300), fill=(96, 64, 40))
        draw.ellipse((380, 20, 600, 170), fill=(30, 90, 60))
    else:
        draw.rectangle((210, 150, 330, 340), fill=PAPER, outline=INDIGO, width=5)
        draw.text((228, 215), "ORESOL", font=font(22, "DejaVuSans-Bold"), fill=INDIGO)
        draw.rectangle((380, 110, 470, 340), fill=(150, 200, 235), outline=INDIGO, width=5)
        draw.rectangle((405, 80, 445, 110), fill=INDIGO)
        draw.polygon([(510, 240), (600, 240), (585, 340), (525, 340)], fill=PAPER, outline=INDIGO)
    return picture


def cover(path: Path, title: str, kind: str, colour: tuple[int, int, int]) -> None:
    """Draw a cover with a scene."""
    picture = Image.new("RGB", (480, 680), colour)
    picture.paste(scene(kind, (480, 400)), (0, 0))
    draw = ImageDraw.Draw(picture)
    face = font(46, "DejaVuSerif-Bold")
    for number, line in enumerate(wrapped(draw, title, face, 420)):
        draw.text((30, 430 + number * 62), line, font=face, fill=PAPER)
    draw.text((30, 635), "Nhóm Điểm Đọc", font=font(22, "DejaVuSans"), fill=GOLD)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(jpeg(picture))


def chapters_of(path: Path) -> tuple[str, list[tuple[str, list[str]]]]:
    """Return title and chapters of a text with `#` and `##` headings."""
    title, chapters = "", []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            title = line[2:]
        elif line.startswith("## "):
            chapters.append((line[3:], []))
        elif line.strip():
            chapters[-1][1].append(line)
    return title, chapters


def container(path: Path, files: dict[str, bytes | str]) -> None:
    """Write a ZIP container, the same bytes each time; `mimetype` first and plain."""
    with zipfile.ZipFile(path, "w") as out:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            out.writestr(info, content)


def epub(name: str, pictures: dict[int, str]) -> None:
    """Write an EPUB 3 from a text; `pictures` gives scenes by chapter number."""
    title, chapters = chapters_of(SAMPLES / "texts" / f"{name}.txt")
    head = '<?xml version="1.0" encoding="utf-8"?>\n'
    html = '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="vi" xml:lang="vi">'
    files: dict[str, bytes | str] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": f'{head}<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
    }
    manifest, spine, toc = [], [], []
    for number, (heading, lines) in enumerate(chapters, start=1):
        page = f"chuong-{number}.xhtml"
        figure = ""
        if number in pictures:
            files[f"OEBPS/tranh-{number}.jpg"] = jpeg(scene(pictures[number]))
            manifest.append(
                f'<item id="p{number}" href="tranh-{number}.jpg" media-type="image/jpeg"/>'
            )
            figure = f'<figure><img src="tranh-{number}.jpg" alt="Tranh: {heading}"/></figure>'
        body = "".join(f"<p>{line}</p>" for line in lines)
        files[f"OEBPS/{page}"] = (
            f"{head}<!DOCTYPE html>\n{html}<head><title>{heading}</title></head>"
            f"<body><section><h1>{heading}</h1>{figure}{body}</section></body></html>"
        )
        manifest.append(f'<item id="c{number}" href="{page}" media-type="application/xhtml+xml"/>')
        spine.append(f'<itemref idref="c{number}"/>')
        toc.append(f'<li><a href="{page}">{heading}</a></li>')
    files["OEBPS/nav.xhtml"] = (
        f"{head}<!DOCTYPE html>\n{html}<head><title>Mục lục</title></head><body>"
        f'<nav epub:type="toc"><h1>Mục lục</h1><ol>{"".join(toc)}</ol></nav></body></html>'
    )
    files["OEBPS/package.opf"] = (
        f'{head}<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="vi">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="id">urn:diemdoc:sample:{name}</dc:identifier><dc:title>{title}</dc:title>'
        "<dc:language>vi</dc:language><dc:creator>Nhóm Điểm Đọc</dc:creator>"
        '<meta property="dcterms:modified">2026-11-24T00:00:00Z</meta></metadata>'
        '<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        f"{''.join(manifest)}</manifest><spine>{''.join(spine)}</spine></package>"
    )
    container(SAMPLES / f"{name}.epub", files)


def scanned_pdf(path: Path) -> None:
    """Write a PDF of drawn pages that look scanned, each with invisible text over it."""
    objects: list[bytes] = [b"", b""]

    def add(content: bytes) -> int:
        objects.append(content)
        return len(objects)

    text = "".join(heading + body for heading, body in HISTORY)
    letters = sorted(set(text + " "))
    code = {letter: number for number, letter in enumerate(letters, start=1)}
    pairs = "".join(f"<{code[one]:04x}> <{ord(one):04x}>\n" for one in letters)
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def "
        "/CMapType 2 def 1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(letters)} beginbfchar\n{pairs}endbfchar endcmap end end"
    ).encode()
    unicode_map = add(b"<</Length %d>>stream\n%s\nendstream" % (len(cmap), cmap))
    descriptor = add(
        b"<</Type/FontDescriptor/FontName/Sample/Flags 4/FontBBox[0 -200 1000 900]"
        b"/ItalicAngle 0/Ascent 900/Descent -200/CapHeight 700/StemV 80>>"
    )
    cid = add(
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Sample/CIDSystemInfo<</Registry(Adobe)"
        b"/Ordering(Identity)/Supplement 0>>/FontDescriptor %d 0 R/DW 500>>" % descriptor
    )
    type_0 = add(
        b"<</Type/Font/Subtype/Type0/BaseFont/Sample/Encoding/Identity-H"
        b"/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>" % (cid, unicode_map)
    )
    pages = [
        scanned_page(add, type_0, code, *page, number) for number, page in enumerate(HISTORY, 1)
    ]
    kids = " ".join(f"{page} 0 R" for page in pages)
    outline = add(b"")
    entries = [add(b"") for _ in HISTORY]
    for place, ((heading, _), entry) in enumerate(zip(HISTORY, entries, strict=True)):
        title = ("\ufeff" + heading).encode("utf-16-be").hex()
        links = f"/Prev {entries[place - 1]} 0 R" if place else ""
        links += f"/Next {entries[place + 1]} 0 R" if place + 1 < len(entries) else ""
        objects[entry - 1] = (
            f"<</Title<{title}>/Parent {outline} 0 R/Dest[{pages[place]} 0 R/Fit]{links}>>".encode()
        )
    objects[outline - 1] = (
        f"<</Type/Outlines/First {entries[0]} 0 R/Last {entries[-1]} 0 R/Count {len(entries)}>>"
    ).encode()
    objects[0] = f"<</Type/Catalog/Pages 2 0 R/Outlines {outline} 0 R/Lang(vi)>>".encode()
    objects[1] = f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode()
    for number, page in enumerate(pages):
        objects[page - 1] = objects[page - 1].replace(b"@PARENT", b"2 0 R")
        del number
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    path.write_bytes(bytes(out))


def scanned_page(add, font_number, code, heading, body, number):  # type: ignore[no-untyped-def]
    """Draw one page, age it a little, lay its text over it; return the page's object number."""
    width, height = 1000, 1414
    picture = Image.new("L", (width, height), 236)
    draw = ImageDraw.Draw(picture)
    lines = [
        (line, font(40, "DejaVuSerif-Bold"))
        for line in wrapped(draw, heading, font(40, "DejaVuSerif-Bold"), 800)
    ]
    lines += [(line, font(31)) for line in wrapped(draw, body, font(31), 800)]
    shown, y = [], 150
    for line, face in lines:
        draw.text((100, y), line, font=face, fill=40)
        shown.append((line, y, face.size, draw.textlength(line, font=face)))
        y += int(face.size * 1.75)
    draw.text((490, 1320), str(number), font=font(26), fill=60)
    noise = Image.effect_noise((width, height), 22).filter(ImageFilter.GaussianBlur(1))
    flat = Image.new("L", (width, height), 128)
    picture = Image.blend(picture, Image.blend(noise, flat, 0.2), 0.12)
    content = jpeg(picture.rotate(0.3, fillcolor=225, resample=Image.Resampling.BICUBIC), 38)
    image = add(
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceGray"
        b"/Filter/DCTDecode/Length %d>>stream\n%s\nendstream"
        % (width, height, len(content), content)
    )
    scale = 595 / width
    parts = ["q 595 0 0 842 0 0 cm /I Do Q BT 3 Tr"]
    for line, top, size, length in shown:
        points = size * scale
        stretch = length * scale / (len(line) * 0.5 * points) * 100
        drawn = "".join(f"{code[letter]:04x}" for letter in line)
        parts.append(
            f"/F {points:.2f} Tf {stretch:.1f} Tz 1 0 0 1 {100 * scale:.2f} "
            f"{842 - (top + size) * scale:.2f} Tm <{drawn}> Tj"
        )
    stream = "\n".join([*parts, "ET"]).encode()
    layer = add(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    return add(
        b"<</Type/Page/Parent @PARENT/MediaBox[0 0 595 842]/Contents %d 0 R"
        b"/Resources<</XObject<</I %d 0 R>>/Font<</F %d 0 R>>>>>>" % (layer, image, font_number)
    )


def recording(path: Path) -> None:
    """Read the tale aloud: one M4B with a chapter per part and the cover."""
    title, chapters = chapters_of(SAMPLES / "texts" / "nai-va-giot-suong.txt")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        names, marks, start = [], [";FFMETADATA1", f"title={title}", "artist=Nhóm Điểm Đọc"], 0
        for number, (heading, lines) in enumerate(chapters, start=1):
            sound = folder / f"{number}.wav"
            words = f"{heading}.\n" + "\n".join(lines)
            subprocess.run(
                ["espeak-ng", "-v", "vi", "-s", "135", "-w", str(sound)],
                input=words.encode(),
                check=True,
            )
            length = (sound.stat().st_size - 44) * 1000 // (22_050 * 2)
            marks += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={start}", f"END={start + length}"]
            marks.append(f"title={heading}")
            start += length
            names.append(f"file '{sound}'")
        (folder / "list").write_text("\n".join(names))
        (folder / "marks").write_text("\n".join(marks))
        command = ["ffmpeg", "-y", "-v", "error", "-f", "concat", "-safe", "0", "-i", "list"]
        command += ["-i", "marks", "-i", str(SAMPLES / "covers" / "nai.jpg"), "-map", "0:a"]
        command += ["-map", "2:v", "-map_metadata", "1", "-map_chapters", "1", "-c:a", "aac"]
        command += ["-b:a", "28k", "-ac", "1", "-ar", "22050", "-c:v", "copy"]
        command += ["-disposition:v", "attached_pic", "-movflags", "+faststart"]
        command += ["-fflags", "+bitexact", "-flags", "+bitexact", "-f", "ipod", str(path)]
        subprocess.run(command, check=True, cwd=folder)


def poster(path: Path) -> None:
    """Draw the poster."""
    picture = Image.new("RGB", (900, 1200), INDIGO)
    picture.paste(scene("well", (900, 620)), (0, 0))
    draw = ImageDraw.Draw(picture)
    draw.text((70, 700), "Đọc sách", font=font(120, "DejaVuSerif-Bold"), fill=PAPER)
    draw.text((70, 850), "mỗi ngày", font=font(120, "DejaVuSerif-Bold"), fill=GOLD)
    draw.text((74, 1050), "Tủ sách mở cửa mọi buổi sáng", font=font(40, "DejaVuSans"), fill=PAPER)
    picture.quantize(64).save(path, "PNG", optimize=True)


def docx(path: Path) -> None:
    """Write a small DOCX."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    rows = "".join(
        f"<w:p><w:pPr>{f'<w:pStyle w:val={chr(34)}{style}{chr(34)}/>' if style else ''}</w:pPr>"
        f"<w:r><w:t>{text}</w:t></w:r></w:p>"
        for style, text in CRATE
    )
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/></w:style>'
        for n in (1, 2)
    )
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    container(
        path,
        {
            "[Content_Types].xml": f'{head}<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="{office}.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="{office}.styles+xml"/></Types>',
            "_rels/.rels": f'{head}<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{relation}/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/_rels/document.xml.rels": f'{head}<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{relation}/styles" Target="styles.xml"/></Relationships>',
            "word/document.xml": f"{head}<w:document {space}><w:body>{rows}</w:body></w:document>",
            "word/styles.xml": f"{head}<w:styles {space}>{styles}</w:styles>",
        },
    )


def main() -> None:
    """Make every binary sample."""
    cover(SAMPLES / "covers" / "nai.jpg", "Con nai và giọt sương", "deer", GREEN)
    cover(SAMPLES / "covers" / "ca-dao.jpg", "Ca dao mới của bản", "well", (122, 46, 42))
    (SAMPLES / "oresol.jpg").write_bytes(jpeg(scene("oresol")))
    epub("nai-va-giot-suong", {1: "deer", 2: "dew", 4: "well"})
    epub("diem-doc-ban-minh", {})
    scanned_pdf(SAMPLES / "lich-su-muong-mau.pdf")
    recording(SAMPLES / "nai-va-giot-suong.m4b")
    poster(SAMPLES / "ap-phich-doc-sach.png")
    docx(SAMPLES / "thung-sach.docx")


if __name__ == "__main__":
    main()
