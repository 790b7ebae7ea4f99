"""When absence proves something.

covered        when a side was captured, and its gaps
packet_loss    how many packets the captures lost
drops          when capturing programs lost packets, as they say
blind_spots    when a link may have been used that no capture shows
"""
