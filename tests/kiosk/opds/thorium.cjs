/* Read pages of a feed as Thorium Reader does, with its own reader of OPDS (npm: r2-opds-js).

   Takes {address: text} as JSON on stdin, writes {address: what Thorium keeps of it} on stdout. What
   it shows of a work follows its converter: a cover is what has a type image/png or image/jpeg, else
   any image; what can be opened is what has one of `OPENED` and an open-access or plain acquisition. */
"use strict";
const base = "r2-opds-js/dist/es8-es2017/src/opds";
const { DOMParser } = require("@xmldom/xmldom");
const { XML } = require("r2-utils-js/dist/es8-es2017/src/_utils/xml-js-mapper");
const { TaJsonDeserialize } = require("r2-lcp-js/dist/es8-es2017/src/serializable");
const { convertOpds1ToOpds2, convertOpds1ToOpds2_EntryToPublication } = require(`${base}/converter`);
const { initGlobalConverters_GENERIC, initGlobalConverters_OPDS } = require(`${base}/init-globals`);
const { OPDS } = require(`${base}/opds1/opds`);
const { Entry } = require(`${base}/opds1/opds-entry`);
const { OPDSFeed } = require(`${base}/opds2/opds2`);
const { OPDSPublication } = require(`${base}/opds2/opds2-publication`);

const ACQUIRE = "http://opds-spec.org/acquisition";
const OPENED = ["application/epub+zip", "application/pdf", "application/audiobook+json", "application/webpub+json"];

function parse(text) {
  if (text.startsWith("{")) {
    const raw = JSON.parse(text);
    const alone = raw.metadata && raw.links && !raw.publications && !raw.navigation;
    return TaJsonDeserialize(raw, alone ? OPDSPublication : OPDSFeed);
  }
  const dom = new DOMParser().parseFromString(text, "application/xml");
  return dom.documentElement.localName === "entry"
    ? convertOpds1ToOpds2_EntryToPublication(XML.deserialize(dom, Entry))
    : convertOpds1ToOpds2(XML.deserialize(dom, OPDS));
}

function links(found, wanted) {
  return (found || []).filter(wanted).map((one) => ({ href: one.Href, type: one.TypeLink || "" }));
}

function work(one) {
  const images = one.Images || [], plain = (link) => /image\/(png|jpeg)/.test(link.TypeLink);
  return {
    identifier: one.Metadata.Identifier,
    title: one.Metadata.Title,
    authors: (one.Metadata.Author || []).map((person) => person.Name),
    covers: links(images.some(plain) ? images.filter(plain) : images, () => true),
    opened: links(one.Links, (link) =>
      OPENED.includes(link.TypeLink) && link.Rel.some((rel) => [ACQUIRE, `${ACQUIRE}/open-access`].includes(rel))),
    borrowed: links(one.Links, (link) => link.Rel.includes(`${ACQUIRE}/borrow`)),
    entry: links(one.Links, (link) => /opds-publication\+json|type=entry/.test(link.TypeLink)),
  };
}

function page(found) {
  if (!(found instanceof OPDSFeed)) { return { works: [work(found)], ways: [], next: [], search: [] }; }
  const rel = (name) => (link) => (link.Rel || []).includes(name);
  return {
    title: found.Metadata.Title,
    works: (found.Publications || []).map(work),
    ways: links(found.Navigation, () => true),
    facets: (found.Facets || []).map((group) => group.Metadata.Title),
    next: links(found.Links, rel("next")),
    search: links(found.Links, rel("search")),
  };
}

initGlobalConverters_GENERIC();
initGlobalConverters_OPDS();
const pages = JSON.parse(require("fs").readFileSync(0, "utf8")), answer = {};
for (const [address, text] of Object.entries(pages)) { answer[address] = page(parse(text)); }
process.stdout.write(JSON.stringify(answer));
