//! Charts to pictures, and pictures to disk.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use plotters::backend::{BitMapBackend, SVGBackend};

use crate::canvas::{Canvas, Surface};
use crate::pdf::Page;
use crate::text::{Fonts, clean};
use crate::{Chart, PlotError, layout};

/// The largest side of a picture, in pixels.
const LARGEST: u32 = 16_384;
/// The most pixels that are painted, before they are averaged.
const PIXELS_MOST: f64 = 2e8;
/// Units per point in an SVG: the drawing library counts in whole numbers.
const FINE: f64 = 10.0;

/// Units per point in print, where nothing is rounded: so fine that what is visible there is drawn.
const PRINTED: f64 = 100.0;

/// Boxes that touch must not show a seam.
const CRISP: &str = "<style>rect{shape-rendering:crispEdges}</style>";

/// The format of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    Png,
    /// Shapes and text.
    Svg,
    /// Shapes, for print.
    Pdf,
}

impl Format {
    /// By the ending of a file's name.
    ///
    /// # Errors
    /// [`PlotError::Format`] for any other ending than `.png`, `.svg` and `.pdf`.
    pub fn of(path: &Path) -> Result<Format, PlotError> {
        match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("png") => Ok(Format::Png),
            Some("svg") => Ok(Format::Svg),
            Some("pdf") => Ok(Format::Pdf),
            _ => Err(PlotError::Format { path: path.to_path_buf() }),
        }
    }
}

/// The width and height of a picture in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Size {
    /// The size for which a chart is designed, times `factor`.
    pub fn of(chart: &Chart, factor: f64) -> Size {
        let side = |points: f64| (points * factor).round().clamp(1.0, f64::from(LARGEST)) as u32;
        Size { width: side(chart.size.0), height: side(chart.size.1) }
    }
}

/// A chart as the bytes of a picture: the same bytes for the same chart, everywhere.
///
/// Letters and lines grow with the picture; without a size it has the one of the chart's design, in a PNG twice that.
///
/// ```
/// use plot::{Chart, Format, Size, Table, render};
///
/// let chart = Chart::new("nothing yet", Table::new(&["time_s"]));
/// let svg = render(&chart, Format::Svg, None)?;
/// assert!(svg.starts_with(b"<svg"));
/// let png = render(&chart, Format::Png, Some(Size { width: 480, height: 300 }))?;
/// assert_eq!(&png[1..4], b"PNG");
/// # Ok::<(), plot::PlotError>(())
/// ```
///
/// # Errors
/// [`PlotError::Size`] for a picture without pixels or with too many.
pub fn render(chart: &Chart, format: Format, size: Option<Size>) -> Result<Vec<u8>, PlotError> {
    let factor = if format == Format::Png { 2.0 } else { 1.0 };
    let size = size.unwrap_or_else(|| Size::of(chart, factor));
    let Size { width, height } = size;
    if !(1..=LARGEST).contains(&width) || !(1..=LARGEST).contains(&height) {
        return Err(PlotError::Size { width, height, most: LARGEST });
    }
    // Pixels per point: the design fits into the picture both ways.
    let fit = (f64::from(width) / chart.size.0.max(1.0)).min(f64::from(height) / chart.size.1.max(1.0));
    let points = (f64::from(width) / fit, f64::from(height) / fit);
    match format {
        Format::Png => png(chart, size, fit, points),
        Format::Svg => svg(chart, size, points).map(String::into_bytes),
        Format::Pdf => pdf(chart, points),
    }
}

fn svg(chart: &Chart, size: Size, points: (f64, f64)) -> Result<String, PlotError> {
    let fine = |points: f64| (points * FINE).round() as u32;
    let view = (fine(points.0), fine(points.1));
    let mut drawn = String::new();
    {
        let surface = Surface::Vector(SVGBackend::with_string(&mut drawn, view));
        let mut canvas = Canvas { surface, fonts: Fonts::embedded()?, scale: FINE };
        layout::draw(chart, &mut canvas, points)?;
    }
    // The drawing library knows one size; here the outside is in pixels and the inside ten times finer.
    let body = drawn.split_once('\n').map_or("", |(_, body)| body);
    let title = clean(&chart.title).replace('&', "&amp;").replace('<', "&lt;");
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\">\n<title>{title}</title>\n{CRISP}\n{body}",
        size.width, size.height, view.0, view.1
    ))
}

/// A page of the size of the design, however many pixels were asked for: print has points.
fn pdf(chart: &Chart, points: (f64, f64)) -> Result<Vec<u8>, PlotError> {
    let surface = Surface::Print(Page::new(points.0, points.1));
    let mut canvas = Canvas { surface, fonts: Fonts::embedded()?, scale: PRINTED };
    layout::draw(chart, &mut canvas, points)?;
    match canvas.surface {
        Surface::Print(page) => Ok(page.finish()),
        _ => Err(PlotError::Draw("no page".to_string())),
    }
}

fn png(
    chart: &Chart,
    Size { width, height }: Size,
    fit: f64,
    points: (f64, f64),
) -> Result<Vec<u8>, PlotError> {
    // Painted several times larger and averaged: the drawing library's own edges are jagged.
    let pixels = f64::from(width) * f64::from(height);
    let over = (1..=4u32)
        .rev()
        .find(|k| f64::from(*k) * fit <= 4.5 && pixels * f64::from(k * k) <= PIXELS_MOST)
        .unwrap_or(1);
    let mut painted = vec![255u8; (width * over) as usize * (height * over) as usize * 3];
    {
        let surface =
            Surface::Pixels(BitMapBackend::with_buffer(&mut painted, (width * over, height * over)));
        let mut canvas = Canvas { surface, fonts: Fonts::embedded()?, scale: fit * f64::from(over) };
        layout::draw(chart, &mut canvas, points)?;
    }
    let averaged = average(&painted, width as usize, height as usize, over as usize);
    let wrong = |e: png::EncodingError| PlotError::Draw(e.to_string());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.write_header().and_then(|mut w| w.write_image_data(&averaged)).map_err(wrong)?;
    Ok(bytes)
}

/// Each pixel the mean of a square of `over` by `over`.
fn average(painted: &[u8], width: usize, height: usize, over: usize) -> Vec<u8> {
    if over == 1 {
        return painted.to_vec();
    }
    let area = (over * over) as u32;
    let mut out = Vec::with_capacity(width * height * 3);
    for rows in painted.chunks_exact(width * over * over * 3).take(height) {
        for x in 0..width {
            for channel in 0..3 {
                let square =
                    (0..over).flat_map(|dy| (0..over).map(move |dx| dy * width * over + x * over + dx));
                let sum: u32 = square.map(|at| u32::from(rows[at * 3 + channel])).sum();
                out.push(((sum + area / 2) / area) as u8);
            }
        }
    }
    out
}

/// Writes a chart as a picture, and its data as CSV beside it; returns both paths. The ending of `path` says the format.
///
/// Each file appears complete or not at all.
///
/// # Errors
/// [`PlotError`] for an unknown ending, or where a file cannot be written.
pub fn save(chart: &Chart, path: &Path) -> Result<[PathBuf; 2], PlotError> {
    save_sized(chart, path, None)
}

/// [`save`] for a picture of a given size.
///
/// # Errors
/// As [`save`] and [`render`].
pub fn save_sized(chart: &Chart, path: &Path, size: Option<Size>) -> Result<[PathBuf; 2], PlotError> {
    let picture = render(chart, Format::of(path)?, size)?;
    let table = path.with_extension("csv");
    write_atomic(path, &picture)?;
    write_atomic(&table, chart.csv().as_bytes())?;
    Ok([path.to_path_buf(), table])
}

/// Writes next to the file and renames, so that no one ever sees half of it.
fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), PlotError> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let write = || {
        let mut file = fs::File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write().map_err(|source| {
        let _ = fs::remove_file(&part);
        PlotError::Write { path: path.to_path_buf(), source }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Table;

    #[test]
    fn averages_squares() {
        let painted: Vec<u8> = [0, 4, 8, 12].iter().flat_map(|v| [*v; 3]).collect();
        assert_eq!(average(&painted, 1, 1, 2), [6, 6, 6]);
        assert_eq!(average(&painted, 4, 1, 1), painted);
    }

    #[test]
    fn writes_both_files_and_leaves_no_part() {
        let folder = tempfile::tempdir().expect("a folder");
        let chart = Chart::new("t", Table::new(&["time_s"]));
        let [picture, table] = save(&chart, &folder.path().join("a.b.svg")).expect("writable");
        assert!(fs::read_to_string(picture).expect("written").ends_with("</svg>\n"));
        assert_eq!(fs::read_to_string(&table).expect("written"), "time_s\n");
        assert_eq!(table, folder.path().join("a.b.csv"));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
    }

    #[test]
    fn print_has_pages_of_the_size_of_the_design() {
        let mut chart = Chart::new("t", Table::new(&["time_s"]));
        chart.size = (400.0, 300.0);
        let pdf = render(&chart, Format::Pdf, None).expect("drawn");
        let text = String::from_utf8_lossy(&pdf);
        assert!(text.starts_with("%PDF-") && text.contains("/MediaBox [0 0 400 300]"), "{text:.400}");
        assert_eq!(pdf, render(&chart, Format::Pdf, None).expect("drawn"));
    }

    #[test]
    fn refuses_with_the_reason() {
        let chart = Chart::new("t", Table::default());
        let message = |r: Result<[PathBuf; 2], PlotError>| r.expect_err("refused").to_string();
        assert_eq!(
            message(save(&chart, Path::new("x.jpg"))),
            "x.jpg: no picture format ends like this: expected .png or .svg, or .pdf for print"
        );
        assert!(
            message(save(&chart, Path::new("/nonexistent/x.svg")))
                .starts_with("/nonexistent/x.svg: cannot write")
        );
        let none = Size { width: 0, height: 5 };
        assert!(matches!(render(&chart, Format::Png, Some(none)), Err(PlotError::Size { .. })));
        assert!(render(&chart, Format::Png, Some(Size { width: 1, height: 1 })).is_ok());
    }
}
