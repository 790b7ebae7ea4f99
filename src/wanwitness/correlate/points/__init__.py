"""Which side of the router each capture point saw, which are one link, and which addresses are one host.

roles          LAN or WAN, by what a point shows, where the user did not say
one_link       which WAN points are one link, and what each link is called
link_facts     what the captures show of the links and of the LAN: addresses, resolvers, relays
hosts, inner_nat     addresses of one host; several hosts behind one address
shared_numbers connections whose first sequence number many have
"""
