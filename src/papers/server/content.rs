//! What a file is by its content, and the file without what it says about place, time and device.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder,
    metadata::Orientation,
};

use super::heic;
use crate::papers::{PaperKind, Refusal};

/// Pixels of one side of an image.
const MAX_SIDE: u32 = 20_000;
/// Pixels of an image: more than the cameras of telephones take.
const MAX_PIXELS: u64 = 64_000_000;
/// Bytes that reading an image may take at a time.
const MAX_MEMORY: u64 = 384 * 1024 * 1024;
/// Of 100.
const JPEG_QUALITY: u8 = 90;

/// What the file is. A PDF begins with its mark: readers that look for it further on make it easy to hide a PDF in
/// something else.
#[must_use]
pub fn kind_of(bytes: &[u8]) -> Option<PaperKind> {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
    if bytes.starts_with(b"%PDF-") {
        Some(PaperKind::Pdf)
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Some(PaperKind::Jpeg)
    } else if bytes.starts_with(PNG) {
        Some(PaperKind::Png)
    } else if heic::is_heic(bytes) {
        Some(PaperKind::Heic)
    } else {
        None
    }
}

/// The file as it is kept. It takes as long as reading and writing an image does: not for a task among others.
///
/// # Errors
/// [`Refusal::Damaged`], [`Refusal::TooManyPixels`]
pub fn cleaned(kind: PaperKind, bytes: Vec<u8>) -> Result<Vec<u8>, Refusal> {
    match kind {
        // what can be done inside a PDF is kept from happening where it is shown
        PaperKind::Pdf => {
            let is_whole = bytes.windows(5).any(|window| window == b"%%EOF");
            if is_whole { Ok(bytes) } else { Err(Refusal::Damaged) }
        }
        PaperKind::Jpeg if !is_whole_jpeg(&bytes) => Err(Refusal::Damaged),
        PaperKind::Jpeg => redrawn(&bytes, ImageFormat::Jpeg),
        PaperKind::Png => redrawn(&bytes, ImageFormat::Png),
        PaperKind::Heic => heic::without_metadata(bytes).ok_or(Refusal::Damaged),
    }
}

/// Whether the end of the picture is there: the codec makes up what is missing. The end of a small picture among the
/// metadata does not count, so the search begins where the picture itself does.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    const SCAN: u8 = 0xda;
    let mut at = 2;
    while let Some([0xff, marker, high, low]) = bytes.get(at..at + 4) {
        if *marker == SCAN {
            return bytes.get(at..).is_some_and(|rest| rest.windows(2).any(|two| two == b"\xff\xd9"));
        }
        at += 2 + usize::from(u16::from_be_bytes([*high, *low]));
    }
    false
}

/// The image from its pixels alone, as it is meant to be seen: how it was turned is metadata too.
fn redrawn(bytes: &[u8], format: ImageFormat) -> Result<Vec<u8>, Refusal> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refusal(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_MEMORY {
        return Err(Refusal::TooManyPixels);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| refusal(&error))?;
    image.apply_orientation(orientation);
    let mut kept = Cursor::new(Vec::with_capacity(bytes.len()));
    let written = if format == ImageFormat::Jpeg {
        image.write_with_encoder(JpegEncoder::new_with_quality(&mut kept, JPEG_QUALITY))
    } else {
        image.write_to(&mut kept, format)
    };
    written.map_err(|error| refusal(&error))?;
    Ok(kept.into_inner())
}

fn refusal(error: &ImageError) -> Refusal {
    if matches!(error, ImageError::Limits(_)) { Refusal::TooManyPixels } else { Refusal::Damaged }
}
