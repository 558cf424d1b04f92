//! Several who speak, one after the other.

use crate::{
    case::{Case, succeeded},
    client::{Client, keys},
};

pub const CASES: &[Case] = &[
    Case::new("who_inherits_the_socket_says_hello_again_and_shares_the_quota", nested)
        .plan(|_, plan| plan.max_signatures = 3)
        .check(|home, output| {
            succeeded(home, output);
            assert_eq!(home.decisions(), ["signed", "signed", "denied_scope", "signed", "quota"]);
        }),
    Case::new("descriptors_that_are_sent_along_are_not_kept", sends_descriptors),
];

fn nested(client: &mut Client) {
    client.hello();
    client.sign_keys();
    assert!(client.child("speaker").status().unwrap().success());
    client.hello();
    client.sign_keys();
    client.refused("GET", &keys(), "", "quota");
}

/// A process of the plugin's that has the socket as its stdin.
pub fn child() {
    let mut client = Client::connect();
    client.hello();
    client.sign_keys();
    client.refused("GET", "/v1/else", "", "denied_scope");
}

fn sends_descriptors(client: &mut Client) {
    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
    client.hello();
    let (reader, writer) = std::io::pipe().unwrap();
    let fds = [std::os::fd::AsFd::as_fd(&writer)];
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    assert!(control.push(SendAncillaryMessage::ScmRights(&fds)));
    let bytes = crate::client::frame(br#"{"id":1,"op":"moon"}"#);
    sendmsg(client.stream(), &[std::io::IoSlice::new(&bytes)], &mut control, SendFlags::empty()).unwrap();
    assert_eq!(client.answer().unwrap()["err"]["code"], "unsupported");
    drop(writer);
    // The pipe ends, so nobody else holds its other end.
    assert_eq!(std::io::read_to_string(reader).unwrap(), "");
    client.sign_keys();
}
