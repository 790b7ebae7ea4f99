"""What is said of two cases."""

from __future__ import annotations

from wanwitness.language import Catalogue

sentence = Catalogue(
    "compare",
    {
        "compare-counts": "Mail for {relay}: {then_refused} of {then} tries refused then, {now_refused} of {now} now \
(a retry under the same conditions counts once; {sessions} and {now_sessions} sessions).",
        "compare-otherwise": "The answer of the {which} case has {counted} refused tries, since to its explanations a \
retry is a new try also where what people had done, the hour or another condition was not the same.",
        "which-first": "first",
        "which-second": "second",
        "compare-mended": "That is enough to call it mended: were it as before, so many tries without a refusal would \
be as rare as p {p:.2g}, and then the longest stretch without one was {longest} tries and {clean:duration}; now it is \
{now} tries and {now_clean:duration}.",
        "compare-too-few": "That is not enough to call it mended: {need} tries without a refusal would be, over more \
than {clean:duration}, since so much went well then too ({longest} tries in a row); now it is {now} tries over \
{now_clean:duration}.",
        "compare-too-rare": "That is not enough to call it mended, and no number of tries will be: then it was refused \
too seldom.",
        "compare-refused-less": "It is not mended: mail is refused still, though less than then (p {p:.2g}).",
        "compare-refused": "It is not mended: mail is refused as before.",
        "compare-no-tries": "Mail for {relay} was refused then; now there is no try that tells anything, so nothing \
can be said of it.",
        "compare-nothing": "In the first case nothing was refused that a link may be to blame for: there is nothing to \
mend.",
        "compare-look-up": "Its name was looked up over another link than the mail's in {then} of {then_known} tries \
then, and in {now} of {now_known} now.",
        "compare-look-up-still": "As long as it is looked up over another link, what was refused then may be refused \
again.",
    },
)
