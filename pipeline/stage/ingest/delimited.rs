//! One thread reads, the others decode and encode; row groups are written in file order.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc;
use tradestat_core::decode::Context;
use tradestat_core::decode::delimited::{Chunk, DelimitedDecoder, Splitter};
use tradestat_core::decode::encoding::Transcoder;
use tradestat_core::form::Form;

use super::batch::{BatchWriter, Prepared};
use super::mismatch;
use super::source::Source;
use crate::error::{Error, Result};
use crate::progress::Event;
use crate::run::Job;

/// Bytes of a chunk, which becomes a row group: the same on every machine, so that the store
/// does not depend on how many threads made it.
const CHUNK: usize = 16 << 20;

enum Message {
    /// A piece of a chunk by their numbers, and whether it is the last of its chunk.
    Prepared { place: (usize, usize), prepared: Box<Prepared>, is_last: bool },
    Read(u64),
    Failed(Error),
    /// Hash of what was read, and columns the form does not name.
    Ended(String, Vec<String>),
}

pub async fn decode(job: &Job<'_>, form: &Arc<Form>, path: &Path, context: &Arc<Context>, writer: &mut BatchWriter) -> Result<()> {
    let workers = job.bounds.threads;
    // One chunk waiting a worker: more would only hold memory.
    let (give, take) = crossbeam_channel::bounded::<(usize, Chunk)>(1);
    let (send, mut receive) = mpsc::channel::<Message>(workers);
    let mut threads = Vec::new();
    for _ in 0..workers {
        let (take, send, context) = (take.clone(), send.clone(), context.clone());
        let (encoder, dates) = (writer.encoder(), writer.dates());
        threads.push(std::thread::spawn(move || {
            let mut decoder: Option<DelimitedDecoder> = None;
            for (number, chunk) in take {
                let decoder = decoder.get_or_insert_with(|| DelimitedDecoder::new(chunk.plan.clone(), context.clone()));
                let mut piece = 0;
                let mut give_back = |decoded, is_last| {
                    let message = match Prepared::new(decoded, &context, encoder.clone(), dates) {
                        Ok(prepared) => Message::Prepared { place: (number, piece), prepared: Box::new(prepared), is_last },
                        Err(error) => Message::Failed(error),
                    };
                    piece += 1;
                    send.blocking_send(message).is_ok()
                };
                let last = decoder.decode_in_pieces(&chunk, &mut |decoded| {
                    // Nobody listens any more only when there is an error already.
                    give_back(decoded, false);
                });
                drop(chunk);
                if !give_back(last, true) {
                    return;
                }
            }
        }));
    }
    drop(take);
    let (form, path) = (form.clone(), path.to_path_buf());
    let reader = {
        let (form, path, send) = (form.clone(), path.clone(), send.clone());
        std::thread::spawn(move || {
            let message = match read(&form, &path, &give, &send) {
                Ok((hash, unlisted)) => Message::Ended(hash, unlisted),
                Err(error) => Message::Failed(error),
            };
            // The receiver is gone only when it has an error already.
            let _ = send.blocking_send(message);
        })
    };
    drop(send);
    let mut waiting: BTreeMap<(usize, usize), (Box<Prepared>, bool)> = BTreeMap::new();
    let mut next = (0, 0);
    let mut ended = None;
    let mut failed = None;
    while let Some(message) = receive.recv().await {
        match message {
            Message::Prepared { place, prepared, is_last } => {
                waiting.insert(place, (prepared, is_last));
                while let Some((prepared, is_last)) = waiting.remove(&next) {
                    writer.take(*prepared).await?;
                    next = if is_last { (next.0 + 1, 0) } else { (next.0, next.1 + 1) };
                }
            }
            Message::Read(by) => job.listen.hear(Event::Advanced { by }),
            Message::Failed(error) => {
                failed = Some(error);
                break;
            }
            Message::Ended(hash, unlisted) => ended = Some((hash, unlisted)),
        }
    }
    drop(receive);
    for thread in threads.into_iter().chain([reader]) {
        thread.join().expect("decoding a line never panics");
    }
    if let Some(error) = failed {
        return Err(error);
    }
    let (hash, unlisted) = ended.expect("the reader ends with its hash or an error");
    if hash != writer.hash() {
        return Err(Error::SourceChanged { path });
    }
    if !unlisted.is_empty() {
        writer.note(format!("columns the form does not name, not read: {}", unlisted.join(", ")));
    }
    Ok(())
}

fn read(
    form: &Arc<Form>,
    path: &Path,
    give: &crossbeam_channel::Sender<(usize, Chunk)>,
    send: &mpsc::Sender<Message>,
) -> Result<(String, Vec<String>)> {
    let mut source = Source::open(path)?;
    let mut splitter = Splitter::new(form.clone(), CHUNK);
    let mut number = 0;
    let mut pass = |chunk: Chunk| {
        // Workers gone means that the collector stopped for another error.
        let _ = give.send((number, chunk));
        number += 1;
    };
    let mut told = 0;
    let mut tell = |position: u64| {
        let _ = send.blocking_send(Message::Read(position - told));
        told = position;
    };
    let wrong = |e| mismatch(path, form, &e);
    match Transcoder::of(form) {
        None => loop {
            let count = source.read(splitter.space())?;
            if count == 0 {
                break;
            }
            if let Some(chunk) = splitter.advance(count).map_err(wrong)? {
                tell(source.position());
                pass(chunk);
            }
        },
        Some(mut transcoder) => {
            let mut block = vec![0; 1 << 18];
            loop {
                let count = source.read(&mut block)?;
                let text = if count == 0 { transcoder.finish() } else { transcoder.push(&block[..count]) };
                for chunk in splitter.push(text.map_err(wrong)?.as_bytes()).map_err(wrong)? {
                    tell(source.position());
                    pass(chunk);
                }
                if count == 0 {
                    break;
                }
            }
        }
    }
    if let Some(chunk) = splitter.finish().map_err(wrong)? {
        pass(chunk);
    }
    tell(source.position());
    let unlisted = splitter.plan().map(|plan| plan.unlisted().to_vec()).unwrap_or_default();
    Ok((source.finish()?, unlisted))
}
