# Zybo Z7-10, xc7z010clg400-1: package pins, from Digilent's Zybo-Z7-Master.xdc. Not tried on hardware.
# No clock comes by a pin: the block runs on FCLK0 of the processor system.
# Lines are pulled down, so that what is not connected has no edges.
# JC 1
set_property PACKAGE_PIN V15 [get_ports {lines[0]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[0]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[0]}]
# JC 2
set_property PACKAGE_PIN W15 [get_ports {lines[1]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[1]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[1]}]
# JC 3
set_property PACKAGE_PIN T11 [get_ports {lines[2]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[2]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[2]}]
# JC 4
set_property PACKAGE_PIN T10 [get_ports {lines[3]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[3]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[3]}]
# JC 7
set_property PACKAGE_PIN W14 [get_ports {lines[4]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[4]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[4]}]
# JC 8
set_property PACKAGE_PIN Y14 [get_ports {lines[5]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[5]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[5]}]
# JC 9
set_property PACKAGE_PIN T12 [get_ports {lines[6]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[6]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[6]}]
# JC 10
set_property PACKAGE_PIN U12 [get_ports {lines[7]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[7]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[7]}]
# JD 1
set_property PACKAGE_PIN T14 [get_ports {lines[8]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[8]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[8]}]
# JD 2
set_property PACKAGE_PIN T15 [get_ports {lines[9]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[9]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[9]}]
# JD 3
set_property PACKAGE_PIN P14 [get_ports {lines[10]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[10]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[10]}]
# JD 4
set_property PACKAGE_PIN R14 [get_ports {lines[11]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[11]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[11]}]
# JD 7
set_property PACKAGE_PIN U14 [get_ports {lines[12]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[12]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[12]}]
# JD 8
set_property PACKAGE_PIN U15 [get_ports {lines[13]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[13]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[13]}]
# JD 9
set_property PACKAGE_PIN V17 [get_ports {lines[14]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[14]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[14]}]
# JD 10
set_property PACKAGE_PIN V18 [get_ports {lines[15]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[15]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[15]}]
# JE 1
set_property PACKAGE_PIN V12 [get_ports selftest]
set_property IOSTANDARD LVCMOS33 [get_ports selftest]
