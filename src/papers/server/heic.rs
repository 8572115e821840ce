//! Photos in HEIC (ISO 14496-12 boxes, ISO 23008-12 items), as telephones take them, without what they say beside the
//! pictures.
//!
//! Nothing moves: where the file keeps Exif and XMP, zeros are written over them, and so over every box that no picture
//! needs. The pictures themselves stay as they are, because there is no codec here that could draw them again. A file
//! whose boxes are not understood is refused.

use std::ops::Range;

/// Brands of files with HEVC pictures.
const BRANDS: [&[u8; 4]; 6] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"];
/// The boxes of a file that pictures need.
const OF_FILE: [&[u8; 4]; 3] = [b"ftyp", b"meta", b"mdat"];
/// The boxes of "meta" that pictures need.
const OF_META: [&[u8; 4]; 9] = [b"hdlr", b"dinf", b"pitm", b"iinf", b"iref", b"iprp", b"idat", b"iloc", b"grpl"];
/// The kinds of items that say something beside a picture: Exif, XMP, and links.
const METADATA: [&[u8; 4]; 3] = [b"Exif", b"mime", b"uri "];
/// Boxes of a file, and of "meta"; items of a file.
const MAX_BOXES: usize = 4_096;

/// Whether the file begins as one: its own brand, or one that it is compatible with.
pub(super) fn is_heic(bytes: &[u8]) -> bool {
    let Some(first) = boxes(bytes, 0..bytes.len()).first().cloned() else { return false };
    let content = bytes.get(first.content.clone()).unwrap_or_default();
    let brands = content.chunks_exact(4).enumerate().filter(|(place, _)| *place != 1).map(|(_, brand)| brand);
    &first.kind == b"ftyp" && brands.into_iter().any(|brand| BRANDS.iter().any(|known| known.as_slice() == brand))
}

/// The file without Exif, XMP and whatever no picture needs; none when its boxes are not understood.
pub(super) fn without_metadata(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let file = boxes(&bytes, 0..bytes.len());
    // what stands behind the last box belongs to no picture
    bytes.truncate(file.last()?.content.end);
    let meta = file.iter().find(|found| &found.kind == b"meta")?;
    let inside = boxes(&bytes, meta.content.start.checked_add(4)?..meta.content.end);
    let places = {
        let of = |kind: &[u8; 4]| inside.iter().find(|found| &found.kind == kind).map(|found| found.content.clone());
        let items = metadata_items(&bytes, of(b"iinf")?)?;
        extents(&bytes, of(b"iloc")?, of(b"idat"), &items)?
    };
    for place in places {
        bytes.get_mut(place)?.fill(0);
    }
    let unneeded = |found: &&Found, needed: &[&[u8; 4]]| !needed.contains(&&found.kind);
    let of_file = file.iter().filter(|found| unneeded(found, &OF_FILE));
    let of_meta = inside.iter().filter(|found| unneeded(found, &OF_META));
    for found in of_file.chain(of_meta) {
        bytes.get_mut(found.kind_at..found.kind_at.checked_add(4)?)?.copy_from_slice(b"free");
        bytes.get_mut(found.content.clone())?.fill(0);
    }
    Some(bytes)
}

/// A box: where its kind stands, and its content.
#[derive(Clone, Debug)]
struct Found {
    kind: [u8; 4],
    kind_at: usize,
    content: Range<usize>,
}

/// The boxes one behind the other, as far as they are whole.
fn boxes(bytes: &[u8], within: Range<usize>) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = within.start;
    while found.len() < MAX_BOXES
        && let Some(next) = read_box(bytes, at, within.end)
    {
        at = next.content.end;
        found.push(next);
    }
    found
}

fn read_box(bytes: &[u8], at: usize, end: usize) -> Option<Found> {
    let mut reader = Reader { bytes: bytes.get(..end)?, at };
    let size = reader.number(4)?;
    let kind_at = reader.at;
    let kind = reader.kind()?;
    let until = match size {
        0 => end,
        1 => at.checked_add(reader.number(8)?)?,
        size => at.checked_add(size)?,
    };
    let content = reader.at..until;
    (content.start <= until && until <= end).then_some(Found { kind, kind_at, content })
}

/// The ids of the items that say something beside a picture.
fn metadata_items(bytes: &[u8], iinf: Range<usize>) -> Option<Vec<usize>> {
    let mut reader = Reader { bytes: bytes.get(..iinf.end)?, at: iinf.start };
    let version = reader.version()?;
    let count = reader.number(if version == 0 { 2 } else { 4 })?;
    let entries = boxes(bytes, reader.at..iinf.end);
    if entries.len() != count {
        return None;
    }
    let mut items = Vec::new();
    for entry in entries {
        let mut reader = Reader { bytes: bytes.get(..entry.content.end)?, at: entry.content.start };
        // earlier versions do not say what kind of item it is
        let id_bytes = match reader.version()? {
            2 => 2,
            3 => 4,
            _ => return None,
        };
        let (id, _protection, kind) = (reader.number(id_bytes)?, reader.number(2)?, reader.kind()?);
        if METADATA.contains(&&kind) {
            items.push(id);
        }
    }
    Some(items)
}

/// Where these items are in the file.
fn extents(bytes: &[u8], iloc: Range<usize>, idat: Option<Range<usize>>, items: &[usize]) -> Option<Vec<Range<usize>>> {
    let mut reader = Reader { bytes: bytes.get(..iloc.end)?, at: iloc.start };
    let version = reader.version()?;
    let sizes = reader.number(2)?;
    let (offset, length, base, index) = (sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15);
    let id_bytes = if version < 2 { 2 } else { 4 };
    let mut places = Vec::new();
    for _ in 0..reader.number(id_bytes)? {
        let id = reader.number(id_bytes)?;
        let method = if version == 0 { 0 } else { reader.number(2)? & 15 };
        let (elsewhere, base) = (reader.number(2)?, reader.number(base)?);
        for _ in 0..reader.number(2)? {
            if version > 0 {
                reader.number(index)?;
            }
            let (offset, length) = (reader.number(offset)?, reader.number(length)?);
            if !items.contains(&id) {
                continue;
            }
            let (from, end) = match (method, &idat, elsewhere) {
                (0, _, 0) => (0, bytes.len()),
                (1, Some(idat), 0) => (idat.start, idat.end),
                _ => return None,
            };
            let start = from.checked_add(base)?.checked_add(offset)?;
            let until = start.checked_add(length)?;
            // no length means all that follows
            if length == 0 || until > end {
                return None;
            }
            places.push(start..until);
        }
    }
    Some(places)
}

/// Numbers one behind the other, the most significant byte first.
struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Reader<'_> {
    fn number(&mut self, bytes: usize) -> Option<usize> {
        let end = self.at.checked_add(bytes)?;
        let read = self.bytes.get(self.at..end)?;
        self.at = end;
        read.iter().try_fold(0usize, |number, byte| number.checked_mul(256)?.checked_add((*byte).into()))
    }

    fn kind(&mut self) -> Option<[u8; 4]> {
        let end = self.at.checked_add(4)?;
        let kind = self.bytes.get(self.at..end)?.try_into().ok()?;
        self.at = end;
        Some(kind)
    }

    /// The version of a full box; its flags are passed over.
    fn version(&mut self) -> Option<usize> {
        let version = self.number(1)?;
        self.number(3)?;
        Some(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_box(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [&u32::try_from(content.len() + 8).unwrap().to_be_bytes()[..], kind, content].concat()
    }

    fn entry(id: u8, kind: &[u8; 4]) -> Vec<u8> {
        a_box(b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0], &kind[..], &[0]].concat())
    }

    /// A file with a picture (item 1) and Exif (item 2) in "mdat", XMP (item 3) in "idat", a box with a film, and bytes
    /// behind the last box.
    fn photo() -> Vec<u8> {
        let ftyp = a_box(b"ftyp", b"mif1\0\0\0\0mif1heic");
        let iinf = a_box(
            b"iinf",
            &[&[0, 0, 0, 0, 0, 3], &entry(1, b"hvc1")[..], &entry(2, b"Exif"), &entry(3, b"mime")].concat(),
        );
        let meta = |at: u32| {
            let place = |id: u8, method: u8, from: u32, length: u8| {
                [&[0, id, 0, method, 0, 0, 0, 1][..], &from.to_be_bytes(), &[0, 0, 0, length]].concat()
            };
            let places = [place(1, 0, at, 7), place(2, 0, at + 7, 8), place(3, 1, 2, 6)].concat();
            let iloc = a_box(b"iloc", &[&[1, 0, 0, 0, 0x44, 0, 0, 3], &places[..]].concat());
            let idat = a_box(b"idat", b"..<xmp/>");
            let notes = a_box(b"uuid", b"GPS here");
            a_box(b"meta", &[&[0; 4], &iinf[..], &iloc, &idat, &notes].concat())
        };
        let at = u32::try_from(ftyp.len() + meta(0).len() + 8).unwrap();
        let mdat = a_box(b"mdat", b"PICTUREExif\0GPS");
        [ftyp, meta(at), mdat, a_box(b"mpvd", b"a film"), b"SEFT".to_vec()].concat()
    }

    fn holds(bytes: &[u8], text: &[u8]) -> bool {
        bytes.windows(text.len()).any(|window| window == text)
    }

    #[test]
    fn exif_xmp_and_what_no_picture_needs_are_emptied_and_nothing_moves() {
        let photo = photo();
        assert!(is_heic(&photo));
        let kept = without_metadata(photo.clone()).unwrap();
        assert_eq!(kept.len(), photo.len() - 4, "what stands behind the last box is cut off");
        assert!(holds(&kept, b"PICTUR") && holds(&kept, b"hvc1"));
        for gone in [&b"GPS"[..], b"Exif\0GPS", b"xmp", b"film", b"SEFT", b"uuid", b"mpvd"] {
            assert!(holds(&photo, gone) && !holds(&kept, gone), "{}", String::from_utf8_lossy(gone));
        }
        assert_eq!(without_metadata(kept.clone()), Some(kept), "a second time changes nothing");
    }

    #[test]
    fn what_is_not_understood_is_refused_and_never_panics() {
        let photo = photo();
        for at in 0..photo.len() {
            let _ = without_metadata(photo[..at].to_vec());
            for byte in [0, 1, 0x7f, 0xff] {
                let mut changed = photo.clone();
                changed[at] = byte;
                let _ = (is_heic(&changed), without_metadata(changed));
            }
        }
        assert_eq!(without_metadata(b"\0\0\0\x10ftypheic\0\0\0\0".to_vec()), None, "no pictures");
        assert!(!is_heic(b"\0\0\0\x10ftypmp42\0\0\0\0") && !is_heic(b"") && !is_heic(b"ftypheic"));
        // an item whose place is in another file, and one of the earliest version
        let changed = |from: &[u8], to: &[u8]| {
            let at = photo.windows(from.len()).position(|window| window == from).unwrap();
            let mut changed = photo.clone();
            changed[at..at + to.len()].copy_from_slice(to);
            without_metadata(changed)
        };
        assert_eq!(changed(&[0, 2, 0, 0, 0, 0, 0, 1], &[0, 2, 0, 0, 0, 1, 0, 1]), None);
        assert_eq!(changed(&[2, 0, 0, 0, 0, 2], &[1, 0, 0, 0, 0, 2]), None);
    }
}
