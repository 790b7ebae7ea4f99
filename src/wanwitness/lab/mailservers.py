"""Which mail servers there are, and whom each takes mail from."""

from __future__ import annotations

from wanwitness.lab.servers.postfix import MAIL_USER, Listener, open_to
from wanwitness.lab.servers.postgrey import PORT as POSTGREY_PORT

from . import topology
from .servers import dovecot
from .topology import LINKS, LabLink

POP_FIRST = {
    "smtpd_sender_restrictions": "check_policy_service unix:private/pop-first,reject",
    "smtpd_relay_restrictions": "check_policy_service unix:private/pop-first,reject",
}
REFUSED_BY_LIST = "554 5.7.1 Service unavailable; your host is listed in the block list of bigmail.example (S3140)"


def of(link: LabLink) -> list[Listener]:
    """Return a provider's mail servers."""
    mine = open_to([link.network, "[" + link.network6.replace("/", "]/")])
    nobody = open_to([])
    sasl = {"smtpd_sasl_auth_enable": "yes", "smtpd_sasl_path": dovecot.auth_socket(link.name)}
    found = []
    for name, host, port, settings in (
        ("subscribers", topology.SUBSCRIBERS, 25, mine),
        ("public", topology.PUBLIC, 25, nobody),
        ("tls", topology.HOSTS["tls"], 25, {**mine, "smtpd_tls_security_level": "may"}),
        ("smtps", topology.HOSTS["tls"], 465, {**mine, "smtpd_tls_wrappermode": "yes"}),
        ("strict", topology.HOSTS["strict"], 25, {**mine, "smtpd_tls_security_level": "encrypt"}),
        ("auth", topology.HOSTS["auth"], 25, {**nobody, **sasl}),
        ("submission", topology.HOSTS["auth"], 587, {**nobody, **sasl}),
        ("detour", topology.HOSTS["detour"], 25, mine),
        ("hosting", topology.HOSTS["hosting"], 25, {**nobody, **POP_FIRST}),
        ("denying", topology.HOSTS["denying"], 25, {**mine, "smtpd_sender_restrictions": ""}),
    ):
        named = {"myhostname": f"{name}.{link.name}.example", **settings}
        found.append(Listener(name, link.service(host), port, named))
        if host in (topology.SUBSCRIBERS, topology.PUBLIC):
            found.append(Listener(name, link.service6(host), port, named))
    if link.brand is not None:
        for name, host, to in (
            ("subscribers", topology.BRAND_SUBSCRIBERS, mine),
            ("public", topology.BRAND_PUBLIC, nobody),
        ):
            named = {"myhostname": f"{name}.{link.brand.name}.example", **to}
            found.append(Listener(name, link.service(host), 25, named))
    return found


def settings(link: LabLink) -> dict[str, str]:
    """Return what a provider's mail servers have in common: their customers' mailboxes, and who refuses them."""
    domains = [f"{name}.example" for name in (link.name, link.brand and link.brand.name) if name]
    boxes = ", ".join(f"{{{dovecot.USER}@{domain}={dovecot.USER}/}}" for domain in domains)
    return {
        "myhostname": f"mail.{domains[-1]}",  # by which bounces are signed
        "transport_maps": f"inline:{{ {{bigmail.example=smtp:[{topology.STRICT_MX}]}} }}",
        "smtp_bind_address": link.service(topology.SUBSCRIBERS),
        "virtual_mailbox_domains": ",".join(domains),
        "virtual_mailbox_base": dovecot.mailboxes(link.name),
        "virtual_mailbox_maps": f"inline:{{ {boxes} }}",
        "virtual_uid_maps": f"static:{MAIL_USER}",
        "virtual_gid_maps": f"static:{MAIL_USER}",
        "virtual_minimum_uid": "1",
    }


def everywhere() -> list[Listener]:
    """Return the recipients' mail servers, and a relay that takes mail from every link."""
    two = LINKS[1]
    grey = f"reject_unauth_destination,check_policy_service inet:127.0.0.1:{POSTGREY_PORT}"
    listed = (
        f"cidr:{{ {{{two.service(topology.SUBSCRIBERS)} {REFUSED_BY_LIST}}}, {{{two.network} {REFUSED_BY_LIST}}} }}"
    )
    shared = {**open_to([link.network for link in LINKS]), "smtpd_relay_restrictions": "permit_mynetworks,reject"}
    listeners = [
        Listener("third", topology.MX, 25, {"smtpd_tls_security_level": "may"}),
        Listener("third", "2001:db8:9::25", 25),
        Listener("bigmail", topology.STRICT_MX, 25, {"smtpd_client_restrictions": f"check_client_access {listed}"}),
        Listener("grey", topology.GREY_MX, 25, {"smtpd_recipient_restrictions": grey}),
        Listener("far", topology.FAR_MX, 25),
        Listener("shared", topology.SHARED_RELAY, 25, shared),
    ]
    names = {"third": "mx.third", "bigmail": "mx.bigmail", "grey": "mx.grey", "far": "mx.far", "shared": "relay.shared"}
    return [
        Listener(
            each.name,
            each.address,
            each.port,
            {"myhostname": f"{names[each.name]}.example", "smtpd_sender_restrictions": "", **each.settings},
        )
        for each in listeners
    ]


def domains() -> dict[str, str]:
    """Return for whom the recipients' servers take mail."""
    return {"relay_domains": ",".join(topology.MAIL_DOMAINS)}
