//! A page: one picture with a sentence, then sections by question. It needs no script and nothing from elsewhere.

use std::path::{Component, Path, PathBuf};

use super::style;
use crate::{Error, files};

/// A page of questions and answers.
#[derive(Clone, Debug)]
pub struct Page {
    /// What stands first, in a few words.
    pub title: String,
    /// One sentence or two under the first picture, without a term that is not explained.
    pub lead: String,
    /// The picture of the first screen.
    pub picture: Figure,
    pub sections: Vec<Section>,
}

/// A question and what answers it.
#[derive(Clone, Debug)]
pub struct Section {
    pub title: String,
    /// The answer, in reading order.
    pub parts: Vec<Part>,
}

/// A part of an answer.
#[derive(Clone, Debug)]
pub enum Part {
    Words(String),
    /// Sentences, one below the other.
    List(Vec<String>),
    Figure(Box<Figure>),
    /// Charts side by side, in their narrow form.
    SideBySide(Vec<Figure>),
    Numbers(Numbers),
    /// Files beside the page: name and place.
    Files(Vec<(String, PathBuf)>),
}

/// A table: what it is, its head, its rows.
#[derive(Clone, Debug)]
pub struct Numbers {
    pub caption: String,
    /// The names of the columns.
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// A chart on a page, with all that it needs.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What to see in it; may be empty.
    pub caption: String,
    /// Drawn for a wide page.
    pub wide: String,
    /// Drawn for a narrow page.
    pub narrow: String,
    /// Its files, without their ending: picture (`.png`, `.svg`) and data (`.csv`).
    pub files: PathBuf,
    pub command: String,
}

impl Section {
    /// A question without an answer yet.
    pub fn new(title: impl Into<String>) -> Section {
        Section { title: title.into(), parts: vec![] }
    }

    /// Adds a paragraph.
    pub fn say(&mut self, words: impl Into<String>) {
        self.parts.push(Part::Words(words.into()));
    }

    /// Adds a chart.
    pub fn show(&mut self, figure: Figure) {
        self.parts.push(Part::Figure(Box::new(figure)));
    }
}

impl Figure {
    /// A chart, whose files (`.png`, `.svg`, `.csv`) are written now.
    pub fn save(chart: &plot::Chart, files: &Path, caption: &str, command: &str) -> Result<Figure, Error> {
        let figure = Figure::of(chart, files, caption, command)?;
        let file = |ending: &str| with_ending(files, ending);
        files::write(&file("svg"), figure.wide.as_bytes())?;
        files::write(&file("png"), &plot::render(chart, plot::Format::Png, None)?)?;
        files::write(&file("csv"), chart.csv().as_bytes())?;
        Ok(figure)
    }

    /// A chart whose files are there already, or are those of another one.
    pub fn of(chart: &plot::Chart, files: &Path, caption: &str, command: &str) -> Result<Figure, Error> {
        let svg = |chart: &plot::Chart| {
            Ok::<_, Error>(
                String::from_utf8_lossy(&plot::render(chart, plot::Format::Svg, None)?).into_owned(),
            )
        };
        Ok(Figure {
            caption: caption.to_string(),
            wide: svg(chart)?,
            narrow: svg(&chart.narrow()?)?,
            files: files.to_path_buf(),
            command: command.to_string(),
        })
    }
}

/// A path with another ending behind its name, which may have dots.
pub(super) fn with_ending(files: &Path, ending: &str) -> PathBuf {
    let mut name = files.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{ending}"));
    files.with_file_name(name)
}

impl Page {
    /// Writes the page; links to files are relative to it.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        files::write(path, self.html(path).as_bytes())
    }

    /// The page, as it is when it lies at a path.
    fn html(&self, path: &Path) -> String {
        let folder = path.parent().unwrap_or(Path::new(""));
        let title = escape(&self.title);
        let mut html = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>{title}</title>\n\
             <link rel=\"icon\" href=\"data:,\">\n<style>\n{}\n</style></head><body>\n\
             <header class=\"first\"><h1>{title}</h1><figure>{}</figure><p>{}</p></header>\n<main>\n<nav><ul>",
            style::css(),
            pictures(&self.picture),
            escape(&self.lead)
        );
        for (i, section) in self.sections.iter().enumerate() {
            html += &format!("<li><a href=\"#q{i}\">{}</a></li>", escape(&section.title));
        }
        html += "</ul></nav>\n";
        for (i, section) in self.sections.iter().enumerate() {
            html += &format!("<section id=\"q{i}\"><h2>{}</h2>\n", escape(&section.title));
            section.parts.iter().for_each(|part| html += &self::part(part, folder));
            html += "</section>\n";
        }
        html += &format!(
            "<footer>The first picture: {}{}\n\
             <p>This page needs no script and nothing from elsewhere. Its pictures and their data lie beside it.</p>\
             </footer>\n</main></body></html>\n",
            links(&self.picture, folder),
            command(&self.picture)
        );
        html
    }
}

fn part(part: &Part, folder: &Path) -> String {
    match part {
        Part::Words(words) => format!("<p>{}</p>\n", escape(words)),
        Part::List(sentences) => {
            let items: String = sentences.iter().map(|s| format!("<li>{}</li>", escape(s))).collect();
            format!("<ul>{items}</ul>\n")
        }
        Part::Figure(figure) => self::figure(figure, folder),
        Part::SideBySide(figures) => {
            let all: String = figures.iter().map(|f| self::figure(f, folder)).collect();
            format!("<div class=\"pair\">{all}</div>\n")
        }
        Part::Numbers(numbers) => table(numbers),
        Part::Files(files) => {
            let items: String = files
                .iter()
                .map(|(name, place)| {
                    format!("<li><a href=\"{}\">{}</a></li>", link(place, folder), escape(name))
                })
                .collect();
            format!("<ul>{items}</ul>\n")
        }
    }
}

fn figure(figure: &Figure, folder: &Path) -> String {
    let caption = match figure.caption.is_empty() {
        true => String::new(),
        false => format!("<p>{}</p>", escape(&figure.caption)),
    };
    format!(
        "<figure>{}<figcaption>{caption}{}{}</figcaption></figure>\n",
        pictures(figure),
        links(figure, folder),
        command(figure)
    )
}

/// The command that makes a figure, where one asks for it.
fn command(figure: &Figure) -> String {
    format!("<details><summary>command</summary><code>{}</code></details>", escape(&figure.command))
}

/// Both forms of a picture, of which the style sheet shows one.
fn pictures(figure: &Figure) -> String {
    let class =
        |svg: &str, class: &str| svg.replacen("<svg ", &format!("<svg class=\"{class}\" role=\"img\" "), 1);
    let both = class(&figure.wide, "wide") + &class(&figure.narrow, "narrow");
    match figure.narrow.is_empty() {
        true => format!("<div class=\"scroll\">{}</div>", figure.wide),
        false => both,
    }
}

fn links(figure: &Figure, folder: &Path) -> String {
    let link = |ending: &str, name: &str| {
        format!("<a href=\"{}\">{name}</a> ", link(&with_ending(&figure.files, ending), folder))
    };
    link("png", "PNG") + &link("svg", "SVG") + &link("csv", "data")
}

fn table(numbers: &Numbers) -> String {
    let row = |cells: &[String], tag: &str| {
        let cells: String = cells.iter().map(|c| format!("<{tag}>{}</{tag}>", escape(c))).collect();
        format!("<tr>{cells}</tr>")
    };
    let rows: String = numbers.rows.iter().map(|r| row(r, "td")).collect();
    format!(
        "<div class=\"scroll\"><table><caption>{}</caption><thead>{}</thead><tbody>{rows}</tbody></table></div>\n",
        escape(&numbers.caption),
        row(&numbers.head, "th")
    )
}

fn link(file: &Path, folder: &Path) -> String {
    // Nothing is the folder where we are.
    let whole =
        |path: &Path| std::path::absolute(Path::new(".").join(path)).unwrap_or_else(|_| path.to_path_buf());
    let (file, folder) = (whole(file), whole(folder));
    let parts = |path: &Path| -> Vec<String> {
        let mut parts: Vec<String> = Vec::new();
        for part in path.components() {
            match part {
                Component::ParentDir => drop(parts.pop()),
                Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
                _ => {}
            }
        }
        parts
    };
    let (file, folder) = (parts(&file), parts(&folder));
    let shared = file.iter().zip(&folder).take_while(|(a, b)| a == b).count();
    let up = folder[shared..].iter().map(|_| "..".to_string());
    let names: Vec<String> = up.chain(file[shared..].iter().map(|name| encoded(name))).collect();
    names.join("/")
}

/// A name as it stands in an address.
fn encoded(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    name.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// Text as it stands in HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_relative_and_encoded() {
        let link = |file: &str, folder: &str| super::link(Path::new(file), Path::new(folder));
        assert_eq!(link("out/qoe ecdf.csv", "out"), "qoe%20ecdf.csv");
        assert_eq!(link("a/b/c.png", "a/d"), "../b/c.png");
        assert_eq!(link("a/../b/c.png", ""), "b/c.png");
    }

    #[test]
    fn what_a_user_named_stays_text() {
        let evil = "<script>\"&";
        let figure = Figure {
            caption: evil.into(),
            wide: "<svg a>".into(),
            narrow: "<svg b>".into(),
            files: "x".into(),
            command: evil.into(),
        };
        let mut section = Section::new(evil);
        section.say(evil);
        section.parts.push(Part::Numbers(Numbers {
            caption: evil.into(),
            head: vec![evil.into()],
            rows: vec![vec![evil.into()]],
        }));
        section.show(figure.clone());
        let page = Page { title: evil.into(), lead: evil.into(), picture: figure, sections: vec![section] };
        let html = page.html(Path::new("page.html"));
        assert!(!html.contains("<script>") && html.contains("&lt;script&gt;&quot;&amp;"));
    }
}
