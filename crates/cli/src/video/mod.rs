//! `segue video`: describe, import, export and make videos.

mod export;
mod generate;
mod import;
mod info;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use media::formats::{self, Format};
use media::stats::{RungStats, VideoStats, of_video};
use media::{SizeSource, Video};

use crate::text::{Table, counted, fixed};
use crate::{Error, console, files};

/// What `segue video` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue video info movie.json
  segue video import package/manifest.mpd -o movie.json
  segue video export movie.json --to sabre -o bbb.json
  segue video generate preset:vbr,duration=300,seed=3 -o movie.json")]
pub(crate) struct VideoArgs {
    #[command(subcommand)]
    command: VideoCommand,
}

#[derive(Subcommand, Debug)]
enum VideoCommand {
    /// Describe a video: ladder, sizes, durations
    Info(info::InfoArgs),
    /// Turn a DASH or HLS manifest into a video file
    Import(import::ImportArgs),
    /// Write a video in the form that another simulator reads
    Export(export::ExportArgs),
    /// Make a video out of a preset
    Generate(generate::GenerateArgs),
}

pub(crate) fn main(args: &VideoArgs) -> Result<(), Error> {
    match &args.command {
        VideoCommand::Info(args) => info::main(args),
        VideoCommand::Import(args) => import::main(args),
        VideoCommand::Export(args) => export::main(args),
        VideoCommand::Generate(args) => generate::main(args),
    }
}

/// Checks, before any work is done, that a video can be written there.
fn check(path: &Path, format: &Format) -> Result<(), Error> {
    match format.folder {
        false => files::check(path),
        true => new_folder(path).map(|_| ()),
    }
}

/// Writes a video, and tells what is lost.
fn write(video: &Video, format: &Format, path: &Path) -> Result<(), Error> {
    let written = formats::write(video, format)?;
    match format.folder {
        false => {
            for file in &written.files {
                files::write(path, &file.bytes)?;
            }
        }
        true => write_folder(path, &written.files)?,
    }
    written.losses.iter().for_each(|l| console::note(&format!("{}: {l}", format.name())));
    Ok(())
}

/// The path of a folder that is not there yet, without a slash at its end.
fn new_folder(path: &Path) -> Result<PathBuf, Error> {
    let trimmed: PathBuf = path.components().collect();
    if trimmed.exists() {
        return Err(Error::input(path.display(), "exists already, expected the name of a new folder"));
    }
    files::check(&trimmed)?;
    Ok(trimmed)
}

/// Writes a folder that was not there, all of it or nothing.
fn write_folder(path: &Path, contents: &[formats::SourceFile]) -> Result<(), Error> {
    let trimmed = new_folder(path)?;
    let parent = trimmed.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |e: std::io::Error| Error::write(path, e);
    let holder = tempfile::Builder::new().prefix(files::PART).tempdir_in(parent).map_err(failed)?;
    let _held = files::hold(holder.path());
    let whole = holder.path().join("whole");
    std::fs::create_dir(&whole).map_err(failed)?;
    for file in contents {
        std::fs::write(whole.join(&file.name), &file.bytes).map_err(failed)?;
    }
    std::fs::rename(&whole, &trimmed).map_err(failed)
}

fn headline(video: &Video, stats: &VideoStats) -> String {
    let lengths = match stats.segment_min_s == stats.segment_max_s {
        true => format!("{} s", stats.segment_max_s),
        false => format!("{} to {} s", stats.segment_min_s, stats.segment_max_s),
    };
    let segments = counted(stats.segments, "segment");
    format!("{}: {:.1} s, {segments} of {lengths}", video.name(), stats.duration_s)
}

/// Where the sizes of a video and of its audio come from; nothing where there is no audio and that is not known.
fn sources(video: &Video) -> Option<String> {
    if video.size_source(0, 0).is_none() && video.audio().is_empty() {
        return None;
    }
    let mut table = Table::new(["", "kbit/s", "mean", "segments", "exact", "estimated", "sizes from"]);
    let mut add = |name: String, segments: usize, r: &RungStats| {
        let [nominal, mean] = [r.nominal_kbps, r.mean_kbps].map(|k| fixed(k, 0));
        let known: usize = r.sizes_from.values().sum();
        let count = |n: usize| if known == 0 { "-".to_string() } else { n.to_string() };
        let [exact, estimated] = [known - r.estimated(), r.estimated()].map(count);
        let sources: Vec<&str> = r.sizes_from.keys().map(|s: &SizeSource| s.name()).collect();
        let sources = if known == 0 { "-".to_string() } else { sources.join(", ") };
        table.row([name, nominal, mean, segments.to_string(), exact, estimated, sources]);
    };
    for (level, rung) in of_video(video).rungs.iter().enumerate() {
        add(format!("rung {level}"), video.segments(), rung);
    }
    for audio in video.audio() {
        let track = &audio.track;
        for rung in &of_video(track).rungs {
            add(format!("audio {}", track.name()), track.segments(), rung);
        }
    }
    Some(table.render())
}
