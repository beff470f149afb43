# EBAZ4205, xc7z010clg400-1: package pins, from the pin lists that its users publish (xjtuecho/EBAZ4205). Not tried on hardware.
# No clock comes by a pin: the block runs on FCLK0 of the processor system.
# Lines are pulled down, so that what is not connected has no edges.
# DATA1 5
set_property PACKAGE_PIN A20 [get_ports {lines[0]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[0]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[0]}]
# DATA1 6
set_property PACKAGE_PIN H16 [get_ports {lines[1]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[1]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[1]}]
# DATA1 7
set_property PACKAGE_PIN B19 [get_ports {lines[2]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[2]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[2]}]
# DATA1 8
set_property PACKAGE_PIN B20 [get_ports {lines[3]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[3]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[3]}]
# DATA1 9
set_property PACKAGE_PIN C20 [get_ports {lines[4]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[4]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[4]}]
# DATA1 11
set_property PACKAGE_PIN H17 [get_ports {lines[5]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[5]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[5]}]
# DATA1 13
set_property PACKAGE_PIN D20 [get_ports {lines[6]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[6]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[6]}]
# DATA1 14
set_property PACKAGE_PIN D18 [get_ports {lines[7]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[7]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[7]}]
# DATA1 15
set_property PACKAGE_PIN H18 [get_ports {lines[8]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[8]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[8]}]
# DATA1 16
set_property PACKAGE_PIN D19 [get_ports {lines[9]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[9]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[9]}]
# DATA1 17
set_property PACKAGE_PIN F20 [get_ports {lines[10]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[10]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[10]}]
# DATA1 18
set_property PACKAGE_PIN E19 [get_ports {lines[11]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[11]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[11]}]
# DATA1 19
set_property PACKAGE_PIN F19 [get_ports {lines[12]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[12]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[12]}]
# DATA1 20
set_property PACKAGE_PIN K17 [get_ports {lines[13]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[13]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[13]}]
# DATA2 5
set_property PACKAGE_PIN G20 [get_ports {lines[14]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[14]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[14]}]
# DATA2 6
set_property PACKAGE_PIN J18 [get_ports {lines[15]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[15]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[15]}]
# DATA2 7
set_property PACKAGE_PIN G19 [get_ports selftest]
set_property IOSTANDARD LVCMOS33 [get_ports selftest]
