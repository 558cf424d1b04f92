//! The loop: as long as the plugin lives and somebody can speak.

use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};

use crate::{
    answer::Service,
    connection::{Connection, Next},
    unix::Listener,
};

/// How many can be connected at once to a socket with a name.
const MOST_CONNECTIONS: usize = 32;
/// How many frames of one speaker are answered before everything else is looked at again.
const FRAMES_A_TURN: usize = 32;

/// Where speakers come from.
pub(crate) enum Source {
    /// One stream, which the plugin and what it starts inherit.
    Stream(OwnedFd),
    /// A socket with a name.
    Named(Listener),
}

impl Source {
    fn split(self) -> (Option<Listener>, Vec<Connection>) {
        match self {
            Self::Stream(socket) => (None, vec![Connection::new(socket)]),
            Self::Named(listener) => (Some(listener), Vec::new()),
        }
    }
}

/// Answers until the plugin ends, or its stream does.
pub(crate) fn serve(service: &mut Service, source: Source) {
    let (listener, mut connections) = source.split();
    while listener.is_some() || !connections.is_empty() {
        let listening = listener.as_ref().filter(|_| connections.len() < MOST_CONNECTIONS);
        let Ok(events) = wait(service, listening.map(Listener::as_fd), &connections) else { return };
        if !events.plugin.is_empty() {
            return;
        }
        for (connection, events) in connections.iter_mut().zip(events.connections) {
            if events.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
                connection.hang_up();
            } else {
                turn(service, connection);
            }
        }
        connections.extract_if(.., |connection| connection.is_over()).for_each(Connection::leave);
        if !events.listener.is_empty() {
            connections.extend(listening_accept(listener.as_ref()));
        }
    }
}

fn listening_accept(listener: Option<&Listener>) -> Option<Connection> {
    listener?.accept().map(Connection::new)
}

fn turn(service: &mut Service, connection: &mut Connection) {
    connection.receive();
    for _ in 0..FRAMES_A_TURN {
        if !connection.has_next() {
            break;
        }
        match connection.next() {
            Next::Frame(frame) => service.answer(connection, &frame),
            Next::TooLong => Service::refuse_long(connection),
            Next::Nothing => break,
        }
    }
    connection.send();
}

struct Events {
    plugin: PollFlags,
    listener: PollFlags,
    connections: Vec<PollFlags>,
}

fn wait(
    service: &Service,
    listener: Option<BorrowedFd<'_>>,
    connections: &[Connection],
) -> Result<Events, Errno> {
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    let timeout = connections.iter().any(Connection::has_next).then_some(&at_once);
    let mut watched = vec![PollFd::from_borrowed_fd(service.plugin(), PollFlags::IN)];
    watched.extend(connections.iter().map(|connection| PollFd::new(connection, connection.wants())));
    watched.extend(listener.map(|listener| PollFd::from_borrowed_fd(listener, PollFlags::IN)));
    loop {
        match poll(&mut watched, timeout) {
            Ok(_) => break,
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    let mut events = watched.iter().map(PollFd::revents);
    let plugin = events.next().unwrap_or(PollFlags::IN);
    let connections = events.by_ref().take(connections.len()).collect();
    Ok(Events { plugin, listener: events.next().unwrap_or(PollFlags::empty()), connections })
}
